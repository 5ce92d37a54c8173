package io.bitstack.inference.node;

import static org.assertj.core.api.Assertions.fail;

import io.bitstack.core.codec.Codecs;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.model.KvCache;
import io.bitstack.core.model.LogitsWanted;
import io.bitstack.core.model.StackWeights;
import io.bitstack.core.model.TestStack;
import io.bitstack.core.model.Transformer;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.KvPrecision;
import io.bitstack.core.stack.MemoryModel;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.stack.StackPlanner;
import io.bitstack.inference.InferenceApplication;
import io.bitstack.inference.resident.Holding;
import io.bitstack.inference.resident.ModelSession;
import io.bitstack.inference.resident.ResidentModels;
import io.bitstack.inference.resident.Serving;
import io.bitstack.inference.resident.WeightsLease;
import io.bitstack.inference.trust.TestSigner;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** Starts nodes on a small real stack, and knows what they must answer. */
abstract class EdgeNodeFixture {
    static final String CONFIG = """
            {"architectures":["LlamaForCausalLM"],"hidden_act":"silu","hidden_size":64,"intermediate_size":96,
             "num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":80,
             "max_position_embeddings":128,"tie_word_embeddings":true}""";
    static final String TOKENIZER = "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1},\"merges\":[]}}";
    static final int CONTEXT_TOKENS = 64;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    static final TestStack STACK =
            TestStack.random(CONFIG, Map.of("tokenizer.json", TOKENIZER, "tokenizer_config.json", "{}"));
    static final StackManifest MANIFEST = STACK.manifest();
    static final StackPlanner PLANNER = new StackPlanner(MANIFEST);

    @TempDir
    Path directory;

    static final TestSigner SIGNER = new TestSigner("test-key-0000001");

    PlatformServer platform;

    @BeforeEach
    void startPlatform() throws IOException {
        platform = new PlatformServer(STACK);
    }

    @AfterEach
    void stopPlatform() {
        platform.close();
    }

    final ConfigurableApplicationContext boot(String... further) {
        List<String> arguments = new ArrayList<>(List.of(further));
        arguments.add("--bitstack.node.api-key=" + PlatformServer.KEY);
        return bootWithoutKey(arguments);
    }

    final ConfigurableApplicationContext bootWithoutKey(List<String> further) {
        List<String> arguments = new ArrayList<>(further);
        arguments.add("--bitstack.node.gateway-url=" + platform.url());
        return run(arguments);
    }

    /** A node without a gateway. */
    final ConfigurableApplicationContext bootAlone(Path stackFile) {
        return run(List.of(
                "--bitstack.node.gateway-url=",
                "--bitstack.node.access-token=token-of-the-test",
                "--bitstack.node.stack-context-tokens=" + CONTEXT_TOKENS,
                "--bitstack.node.signatures.trusted-keys=" + SIGNER.publicKey(),
                "--bitstack.node.stack-file=" + stackFile));
    }

    private ConfigurableApplicationContext run(List<String> further) {
        List<String> arguments = new ArrayList<>(List.of(
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--management.server.port=0",
                "--spring.main.banner-mode=off",
                "--bitstack.node.name=edge-1",
                "--bitstack.node.cache-directory=" + directory.resolve("cache"),
                "--bitstack.node.drain-delay=0s",
                "--bitstack.node.heartbeat-interval=20ms"));
        arguments.addAll(further);
        if (further.stream().noneMatch(argument -> argument.contains("budget"))) {
            arguments.add("--bitstack.node.budget-bytes="
                    + budgetFor(MANIFEST.blocks().size()));
        }
        return new SpringApplicationBuilder(InferenceApplication.class)
                .properties("spring.config.name=" + InferenceApplication.CONFIG_NAME)
                .run(arguments.toArray(String[]::new));
    }

    /** The least budget that holds so many blocks. */
    static long budgetFor(int blocks) {
        return MemoryModel.kvCacheBytes(MANIFEST.model(), CONTEXT_TOKENS)
                + MemoryModel.scratchBytes(MANIFEST.model())
                + MemoryModel.residentBaseBytes(MANIFEST)
                + MANIFEST.blocks().subList(0, blocks).stream()
                        .mapToLong(StackManifest.Block::sizeBytes)
                        .sum();
    }

    /** Of the base and so many blocks: blobs that a stack has twice are fetched and kept once. */
    static long distinctBytes(int blocks) {
        return Stream.concat(
                        ResidentModels.base(MANIFEST).stream(),
                        MANIFEST.blocks().subList(0, blocks).stream()
                                .map(block -> new Descriptor(block.digest(), block.sizeBytes())))
                .distinct()
                .mapToLong(Descriptor::sizeBytes)
                .sum();
    }

    final void await(BooleanSupplier condition, String what) throws InterruptedException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - until > 0) {
                fail("after %s still not: %s; the last report is %s".formatted(PATIENCE, what, platform.lastReport));
            }
            Thread.sleep(1);
        }
    }

    final void awaitBlocks(int blocks) throws InterruptedException {
        await(() -> platform.lastReport.path("blocks").asInt(-1) == blocks, blocks + " blocks held");
    }

    /** Until the node has become what was desired last. A number of blocks alone may be that of an earlier wish. */
    final void awaitSettled() throws InterruptedException {
        await(
                () -> platform.lastReport.path("settledOn").asString("").equals(platform.revision()),
                "settled on " + platform.revision());
    }

    /** Where a node keeps a blob. */
    final Path cached(Digest digest) {
        String hex = digest.hex();
        return directory.resolve("cache").resolve(hex.substring(0, 2)).resolve(hex.substring(2));
    }

    static int blocksOf(ConfigurableApplicationContext node) {
        return node.getBean(ResidentModels.class).holding().map(Holding::blocks).orElse(0);
    }

    static float[] logits(ConfigurableApplicationContext node) {
        try (ModelSession session = node.getBean(Serving.class).open().orElseThrow();
                WeightsLease lease = session.lease()) {
            return new Transformer(STACK.config(), RowPool.SINGLE)
                    .forward(
                            lease.weights(),
                            new int[] {1, 5, 9, 13},
                            new KvCache(STACK.config(), 16, KvPrecision.HALF),
                            LogitsWanted.LAST);
        }
    }

    static float[] expectedLogits(int blocks) {
        StackWeights stack = StackWeights.open(MANIFEST, Codecs.byName("nested"), STACK);
        return new Transformer(STACK.config(), RowPool.SINGLE)
                .forward(
                        stack.atPrefix(blocks),
                        new int[] {1, 5, 9, 13},
                        new KvCache(STACK.config(), 16, KvPrecision.HALF),
                        LogitsWanted.LAST);
    }
}
