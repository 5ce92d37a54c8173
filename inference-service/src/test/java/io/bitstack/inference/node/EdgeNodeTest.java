package io.bitstack.inference.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.KvPrecision;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackFile;
import io.bitstack.inference.resident.Serving;
import io.bitstack.inference.trust.TestSigner;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

/** A node on its own at the edge: it joins, pulls many blobs at once, keeps within its disk, does without the gateway. */
class EdgeNodeTest extends EdgeNodeFixture {
    private static final int ALL = MANIFEST.blocks().size();

    @Test
    void joinsWithATokenOnceAndKeepsItsKeyToItself() throws Exception {
        List<String> token = List.of("--bitstack.node.join-token=" + PlatformServer.JOIN_TOKEN);
        platform.deploy(CONTEXT_TOKENS);
        try (ConfigurableApplicationContext _ = bootWithoutKey(token)) {
            awaitBlocks(ALL);
        }
        Path identity = directory.resolve("cache/identity.json");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(identity)))
                .isEqualTo("rw-------");
        assertThat(platform.joins).hasValue(1);
        platform.forgetNode();
        try (ConfigurableApplicationContext _ = bootWithoutKey(List.of())) {
            awaitBlocks(ALL);
        }
        assertThat(platform.joins).as("the key was kept").hasValue(1);
    }

    @Test
    void saysWhatIsMissingToJoin() {
        assertThatThrownBy(() -> bootWithoutKey(List.of()).close())
                .rootCause()
                .hasMessageContaining("BITSTACK_NODE_JOIN_TOKEN");
    }

    @Test
    void pullsNeighboursTogetherAndGoesOnWhereItWasCutOff() throws Exception {
        Digest spoilt = MANIFEST.blocks().get(5).digest();
        platform.spoilOnce.add(spoilt);
        platform.cutContentAfter.set(3000);
        platform.deploy(CONTEXT_TOKENS);
        try (ConfigurableApplicationContext node = boot()) {
            awaitBlocks(ALL);
            assertThat(platform.lastReport.path("corruptBlobs").asInt()).isEqualTo(1);
            assertThat(platform.blobRequests.get())
                    .as("the spoilt one, and hardly another, was asked for alone")
                    .isBetween(1, 4);
            assertThat(platform.contentRequests.get())
                    .as("blocks of a request: how often the node looked at its budget meanwhile is not told")
                    .isLessThan(ALL / 2);
            assertThat(logits(node)).containsExactly(expectedLogits(ALL));
            assertThat(platform.lastReport.path("firstPrefixMillis").asDouble()).isPositive();
            assertThat(platform.lastReport.path("ledger").path("jvmBytes").asLong())
                    .isPositive();
            assertThat(platform.lastReport.path("memory").path("limitBytes").asLong())
                    .isPositive();
            assertThat(platform.lastReport.path("cache").path("usedBytes").asLong())
                    .isPositive();
        }
    }

    @Test
    void aDownloadThatStallsIsGivenUpAndTriedAgain() throws Exception {
        platform.slowMillis = 2000;
        platform.deploy(CONTEXT_TOKENS);
        try (ConfigurableApplicationContext _ = boot("--bitstack.node.stall-timeout=200ms")) {
            await(() -> platform.contentRequests.get() >= 2, "a second try");
            assertThat(platform.lastReport.path("state").asString("")).isNotEqualTo("ready");
            platform.slowMillis = 0;
            awaitBlocks(ALL);
        }
    }

    @Test
    void keepsMoreBlocksWhereKeysAndValuesTakeLess() throws Exception {
        int few = MANIFEST.minimalBlocks() + 1;
        long budget = budgetFor(few);
        int more = PLANNER.plan(budget, CONTEXT_TOKENS, KvPrecision.INT8).blocks();
        assertThat(more).isGreaterThan(few);
        platform.deploy(CONTEXT_TOKENS);
        try (ConfigurableApplicationContext _ = boot("--bitstack.node.budget-bytes=" + budget)) {
            awaitBlocks(few);
        }
        platform.forgetNode();
        try (ConfigurableApplicationContext node =
                boot("--bitstack.node.budget-bytes=" + budget, "--bitstack.node.kv-precision=int8")) {
            awaitBlocks(more);
            assertThat(logits(node)).containsExactly(expectedLogits(more));
        }
    }

    @Test
    void restartsFromItsCacheAlone() throws Exception {
        platform.deploy(CONTEXT_TOKENS);
        boot().close();
        platform.forgetNode();
        try (ConfigurableApplicationContext _ = boot()) {
            awaitBlocks(ALL);
        }
        platform.down = true;
        try (ConfigurableApplicationContext node = boot()) {
            await(() -> node.getBean(Serving.class).open().isPresent(), "the model without the gateway");
            await(() -> blocksOf(node) == ALL, "all blocks");
            assertThat(logits(node)).containsExactly(expectedLogits(ALL));
            // What is wanted of it has changed before it can be told.
            int fewer = MANIFEST.minimalBlocks() + 2;
            platform.deploy(CONTEXT_TOKENS, "\"maxBlocks\":" + fewer);
            platform.down = false;
            awaitSettled();
            assertThat(platform.lastReport.path("blocks").asInt()).isEqualTo(fewer);
            assertThat(logits(node)).containsExactly(expectedLogits(fewer));
        }
    }

    /** Only from below: how much longer a busy machine takes is not looked at. */
    @Test
    void aPullIsNoFasterThanItMayBe() throws Exception {
        long bytes = distinctBytes(ALL);
        long rate = bytes * 2 / 3;
        try (ConfigurableApplicationContext _ = boot("--bitstack.node.pull-bytes-per-second=" + rate)) {
            long begin = System.nanoTime();
            platform.deploy(CONTEXT_TOKENS);
            awaitBlocks(ALL);
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(1400));
        }
    }

    @Test
    void aSecondNodeOnTheSameCacheIsRefused() {
        try (ConfigurableApplicationContext _ = boot()) {
            assertThatThrownBy(() -> boot().close()).rootCause().hasMessageContaining("in use by another node");
        }
        boot().close();
    }

    @Test
    void servesAStackFileWithoutAnyGateway() throws Exception {
        Path file = directory.resolve("model.bitstack");
        Files.write(file, stackFile());
        try (ConfigurableApplicationContext node = bootAlone(file)) {
            await(() -> node.getBean(Serving.class).open().isPresent(), "the imported model");
            await(() -> blocksOf(node) == ALL, "all of it");
            assertThat(logits(node)).containsExactly(expectedLogits(ALL));
        }
        int cut = MANIFEST.minimalBlocks() + 3;
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, (int) SIGNER.file(manifest()).sizeBytes(cut) + 5));
        try (ConfigurableApplicationContext node = bootAlone(file)) {
            await(() -> blocksOf(node) == cut, "a file that was cut off is a smaller model");
            assertThat(logits(node)).containsExactly(expectedLogits(cut));
        }
    }

    @Test
    void refusesAStackFileThatNobodySignedWhomItTrusts() throws Exception {
        Path file = directory.resolve("unsigned.bitstack");
        Files.write(file, stackFile(StackFile.of(manifest(), null)));
        assertThatThrownBy(() -> bootAlone(file).close()).hasStackTraceContaining("is not signed");
        Files.write(file, stackFile(new TestSigner("a-stranger-00001").file(manifest())));
        assertThatThrownBy(() -> bootAlone(file).close()).hasStackTraceContaining("a-stranger-00001");
    }

    @Test
    void refusesAStackFileWithOtherBytesThanItNames() throws Exception {
        byte[] bytes = stackFile();
        bytes[bytes.length - 40] ^= 1;
        Path file = directory.resolve("bad.bitstack");
        Files.write(file, bytes);
        assertThatThrownBy(() -> bootAlone(file).close()).hasMessageContaining("cannot be imported");
        Files.write(file, "not a stack at all, not by far".getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> bootAlone(file).close()).hasStackTraceContaining("not a .bitstack file");
    }

    @Test
    void keepsToFloorAndCeiling() throws Exception {
        int ceiling = MANIFEST.minimalBlocks() + 2;
        platform.deploy(CONTEXT_TOKENS, "\"maxBlocks\":" + ceiling);
        try (ConfigurableApplicationContext _ = boot()) {
            awaitBlocks(ceiling);
            platform.deploy(CONTEXT_TOKENS, "\"minBlocks\":" + ALL);
            awaitBlocks(ALL);
            platform.setBudget(budgetFor(ALL - 1));
            awaitBlocks(ALL - 1);
            await(() -> platform.lastReport.path("problem").asString("").contains("at least"), "below the floor");
        }
        platform.forgetNode();
        try (ConfigurableApplicationContext _ = boot()) {
            await(() -> platform.lastReport.path("problem").asString("").contains("at least"), "below the floor");
            assertThat(platform.lastReport.path("state").asString()).isEqualTo("empty");
        }
    }

    @Test
    void saysWhatItBecameAndWhatItMeasured() throws Exception {
        platform.deploy(CONTEXT_TOKENS, "\"probe\":{\"id\":\"p1\",\"text\":\"abababababababababab\"}");
        try (ConfigurableApplicationContext _ = boot()) {
            await(() -> platform.lastReport.path("settledOn").asString("").equals(platform.revision()), "settled");
            await(
                    () -> platform.lastReport
                            .path("probe")
                            .path("id")
                            .asString("")
                            .equals("p1"),
                    "measured");
            assertThat(platform.lastReport.path("probe").path("perplexity").asDouble())
                    .isGreaterThan(1);
            await(
                    () -> platform.lastReport.path("probe").path("blocks").asInt() == ALL,
                    "measured again at its full size");
        }
    }

    private static byte[] stackFile() {
        return stackFile(SIGNER.file(manifest()));
    }

    private static byte[] stackFile(StackFile file) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(file.head());
        for (StackFile.Entry entry : file.entries()) {
            bytes.writeBytes(STACK.contents().get(entry.blob().digest()));
        }
        return bytes.toByteArray();
    }

    private static byte[] manifest() {
        return ManifestJson.write(MANIFEST);
    }
}
