package io.bitstack.inference.resident;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bitstack.core.codec.Codecs;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.model.KvCache;
import io.bitstack.core.model.LogitsWanted;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.model.StackWeights;
import io.bitstack.core.model.TestStack;
import io.bitstack.core.model.Transformer;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.KvPrecision;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.tokenizer.Tokenizer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A model whose size changes while sessions come and go. */
class ResidentModelTest {
    private static final String CONFIG = """
        {"architectures":["LlamaForCausalLM"],"hidden_act":"silu","hidden_size":64,"intermediate_size":96,
         "num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":80,
         "max_position_embeddings":128,"tie_word_embeddings":true}\
        """;
    private static final String TOKENIZER = "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1},\"merges\":[]}}";
    private static final TestStack STACK = TestStack.random(CONFIG, Map.of("tokenizer.json", TOKENIZER));
    private static final StackManifest MANIFEST = STACK.manifest();
    private static final int MINIMAL = MANIFEST.minimalBlocks();
    private static final int ALL = MANIFEST.blocks().size();
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final int[] PROMPT = {1, 2, 3};

    private final HeldBlobs held = new HeldBlobs();
    /** What happens while a block is on its way into memory. */
    private Runnable meanwhile = () -> {};

    private final ResidentModel model = open();

    private ResidentModel open() {
        for (StackManifest.Block block : MANIFEST.blocks().subList(0, MINIMAL)) {
            Descriptor blob = new Descriptor(block.digest(), block.sizeBytes());
            if (!held.use(blob.digest())) {
                held.add(blob, copy(blob));
            }
        }
        StackWeights stack = StackWeights.open(
                MANIFEST,
                Codecs.byName(MANIFEST.codec().name()),
                digest -> MANIFEST.blocks().stream()
                                .anyMatch(block -> block.digest().equals(digest))
                        ? held.segment(digest)
                        : MemorySegment.ofArray(content(digest)));
        ServedModel served = new ServedModel(
                "tiny",
                1,
                STACK.digest(),
                stack.config(),
                Tokenizer.parse(TOKENIZER.getBytes(StandardCharsets.UTF_8)),
                Optional.empty(),
                64);
        return new ResidentModel(served, MANIFEST, stack, held, blob -> {
            meanwhile.run();
            return copy(blob);
        });
    }

    private static byte[] content(Digest digest) {
        return Objects.requireNonNull(STACK.contents().get(digest));
    }

    private static HeldBlobs.Mapping copy(Descriptor blob) {
        Arena arena = Arena.ofShared();
        MemorySegment segment = arena.allocate(blob.sizeBytes(), 64);
        segment.copyFrom(MemorySegment.ofArray(content(blob.digest())));
        return new HeldBlobs.Mapping(segment, arena::close);
    }

    /** Equal blocks are held once. */
    private static long bytes(int blocks) {
        return MANIFEST.blocks().subList(0, blocks).stream()
                .collect(Collectors.toMap(StackManifest.Block::digest, StackManifest.Block::sizeBytes, (a, b) -> a))
                .values()
                .stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    private static float[] logits(WeightsLease lease) {
        return logits(lease.weights());
    }

    private static float[] logits(ModelWeights weights) {
        return new Transformer(STACK.config(), RowPool.SINGLE)
                .forward(
                        weights,
                        PROMPT,
                        new KvCache(STACK.config(), PROMPT.length, KvPrecision.HALF),
                        LogitsWanted.LAST);
    }

    /** What a model answers at each size to which nothing happens, the minimal prefix first. */
    private static List<float[]> undisturbed() {
        StackWeights stack =
                StackWeights.open(MANIFEST, Codecs.byName(MANIFEST.codec().name()), STACK);
        return IntStream.rangeClosed(MINIMAL, ALL)
                .mapToObj(blocks -> logits(stack.atPrefix(blocks)))
                .toList();
    }

    @Test
    void aSessionThatEndsWhileTheModelGrowsTakesNothingAway() throws Exception {
        meanwhile = () -> model.open().close();
        model.growTo(ALL);
        assertThat(model.blocks()).isEqualTo(ALL);
        assertThat(model.blocksBytes()).isEqualTo(bytes(ALL));
        try (ModelSession session = model.open();
                WeightsLease lease = session.lease()) {
            assertThat(lease.blocks()).isEqualTo(ALL);
            assertThat(logits(lease)).containsExactly(undisturbed().getLast());
        }
    }

    @Test
    void theLastReaderOfAnOlderSizeTakesNothingAwayFromTheNextOne() throws Exception {
        model.growTo(ALL);
        ModelSession session = model.open();
        WeightsLease old = session.lease();
        float[] before = logits(old);
        model.shrinkTo(MINIMAL);
        assertThat(model.awaitGivenBack(MINIMAL, Duration.ofMillis(1))).isFalse();
        assertThat(model.blocksBytes())
                .as("the step under way still reads them")
                .isEqualTo(bytes(ALL));
        assertThat(logits(old)).isEqualTo(before);
        int between = (MINIMAL + ALL) / 2;
        meanwhile = old::close;
        model.growTo(between);
        old.close();
        assertThat(model.blocksBytes()).isEqualTo(bytes(between));
        session.close();
    }

    @Test
    void growthThatFailsLeavesTheModelServingAndCanBeTriedAgain() throws Exception {
        int[] loads = {0};
        meanwhile = () -> {
            if (++loads[0] == 3) {
                throw new IllegalStateException("the disk is gone");
            }
        };
        assertThatThrownBy(() -> model.growTo(ALL)).hasMessage("the disk is gone");
        assertThat(model.blocks()).isEqualTo(MINIMAL);
        model.growTo(ALL);
        assertThat(model.blocksBytes()).isEqualTo(bytes(ALL));
        model.shrinkTo(MINIMAL);
        assertThat(model.awaitGivenBack(MINIMAL, PATIENCE)).isTrue();
        assertThat(model.blocksBytes()).isEqualTo(bytes(MINIMAL));
        model.retire();
        assertThat(model.blocksBytes()).isZero();
    }

    @Test
    void aSessionOfAModelThatIsReplacedGoesOnWithItToItsEnd() throws Exception {
        model.growTo(ALL);
        try (ModelSession session = model.open()) {
            model.retire();
            assertThatThrownBy(model::open).isInstanceOf(IllegalStateException.class);
            for (int step = 0; step < 2; step++) {
                try (WeightsLease lease = session.lease()) {
                    assertThat(logits(lease)).containsExactly(undisturbed().getLast());
                }
            }
            assertThat(model.blocksBytes()).isEqualTo(bytes(ALL));
        }
        assertThat(model.blocksBytes()).isZero();
    }

    @Test
    void aStepUnderWayKeepsAReplacedModelThoughItsSessionIsClosed() {
        ModelSession session = model.open();
        try (WeightsLease lease = session.lease()) {
            model.retire();
            session.close();
            assertThat(model.blocksBytes()).isEqualTo(bytes(MINIMAL));
            assertThat(logits(lease)).containsExactly(undisturbed().getFirst());
        }
        assertThat(model.blocksBytes()).isZero();
    }

    @Test
    void whoReadsWhileABlockIsReadAnewKeepsTheBytesThatItBeganWith() throws Exception {
        Descriptor blob = new Descriptor(
                MANIFEST.blocks().getFirst().digest(),
                MANIFEST.blocks().getFirst().sizeBytes());
        MemorySegment before = held.segment(blob.digest());
        try (ModelSession session = model.open()) {
            try (WeightsLease old = session.lease()) {
                assertThat(model.reload(blob)).isTrue();
                try (WeightsLease next = session.lease()) {
                    assertThat(logits(next)).containsExactly(undisturbed().getFirst());
                }
                assertThat(before.scope().isAlive())
                        .as("the step under way still reads it")
                        .isTrue();
                assertThat(logits(old)).containsExactly(undisturbed().getFirst());
            }
            assertThat(before.scope().isAlive()).as("its last reader has left").isFalse();
        }
        assertThat(model.blocksBytes()).isEqualTo(bytes(MINIMAL));
    }

    /** The first of its places still needs it when the model shrinks below the second. */
    @Test
    void aBlockThatTheStackHasTwiceIsHeldForBothAfterItWasReadAnew() throws Exception {
        List<Digest> digests =
                MANIFEST.blocks().stream().map(StackManifest.Block::digest).toList();
        int second = IntStream.range(MINIMAL, ALL)
                .filter(k -> digests.subList(0, k).contains(digests.get(k)))
                .findFirst()
                .orElseThrow();
        model.growTo(ALL);
        assertThat(model.reload(new Descriptor(
                        digests.get(second), MANIFEST.blocks().get(second).sizeBytes())))
                .isTrue();
        resize(second);
        assertThat(model.blocksBytes()).isEqualTo(bytes(second));
        try (ModelSession session = model.open();
                WeightsLease lease = session.lease()) {
            assertThat(logits(lease)).containsExactly(undisturbed().get(second - MINIMAL));
        }
    }

    /** Readers decode all the time while the size changes at random; each must see the weights of one size, and no others. */
    @Test
    void readersSeeTheWeightsOfOneSizeOverManyChangesOfSize() throws Exception {
        List<float[]> undisturbed = undisturbed();
        // Some blocks hold rows of the embeddings that nobody asks for.
        assertThat(undisturbed.stream().map(Arrays::toString).distinct().count())
                .as("sizes can be told apart")
                .isGreaterThan(undisturbed.size() / 2);
        Thread[] readers = new Thread[2];
        Throwable[] failures = new Throwable[readers.length];
        boolean[] over = new boolean[1];
        for (int r = 0; r < readers.length; r++) {
            int reader = r;
            readers[r] = Thread.ofPlatform()
                    .uncaughtExceptionHandler((thread, failure) -> failures[reader] = failure)
                    .start(() -> {
                        while (!isOver(over)) {
                            try (ModelSession session = model.open();
                                    WeightsLease lease = session.lease()) {
                                assertThat(logits(lease))
                                        .as("%d blocks", lease.blocks())
                                        .containsExactly(undisturbed.get(lease.blocks() - MINIMAL));
                            }
                        }
                    });
        }
        SplittableRandom random = new SplittableRandom(7);
        try {
            for (int change = 0; change < 1000; change++) {
                resize(random.nextInt(MINIMAL, ALL + 1));
            }
        } finally {
            synchronized (over) {
                over[0] = true;
            }
            for (Thread reader : readers) {
                reader.join();
            }
        }
        assertThat(failures).containsOnlyNulls();
        resize(MINIMAL);
        assertThat(model.blocksBytes()).isEqualTo(bytes(MINIMAL));
    }

    private static boolean isOver(boolean[] over) {
        synchronized (over) {
            return over[0];
        }
    }

    private void resize(int blocks) throws IOException, InterruptedException {
        if (blocks >= model.blocks()) {
            model.growTo(blocks);
        } else {
            model.shrinkTo(blocks);
            assertThat(model.awaitGivenBack(blocks, PATIENCE)).isTrue();
        }
        assertThat(model.blocks()).isEqualTo(blocks);
    }
}
