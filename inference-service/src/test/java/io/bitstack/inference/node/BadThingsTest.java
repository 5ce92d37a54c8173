package io.bitstack.inference.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.bitstack.core.model.TestStack;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What goes wrong at the edge, done to nodes that are processes of their own. */
class BadThingsTest extends NodeProcessFixture {
    private static final int BUDGET_CHANGES = 1000;

    @Test
    void killedWhileItWritesItGoesOnFromWhatIsWhole() throws Exception {
        platform.deploy(CONTEXT_TOKENS);
        SplittableRandom random = new SplittableRandom(3);
        platform.slowMillis = 3;
        for (int i = 0; i < 3; i++) {
            int before = platform.contentRequests.get();
            platform.forgetNode();
            try (NodeProcess node = start("killed-" + i, cache())) {
                await(
                        () -> platform.contentRequests.get() > before
                                || platform.lastReport.path("blocks").asInt(-1) == ALL
                                || !node.isAlive(),
                        "it pulls, or has pulled all before it was killed");
                Thread.sleep(random.nextInt(50, 600));
                node.kill();
            }
            assertWholeCache();
        }
        platform.slowMillis = 0;
        platform.forgetNode();
        try (NodeProcess _ = start("after", cache())) {
            awaitBlocks(ALL);
            assertThat(platform.lastReport.path("corruptBlobs").asInt()).isZero();
            assertWholeCache();
        }
    }

    @Test
    void theSecondProcessOnACacheRefuses() throws Exception {
        platform.deploy(CONTEXT_TOKENS);
        try (NodeProcess first = start("first", cache())) {
            awaitBlocks(ALL);
            try (NodeProcess second = start("second", cache())) {
                assertThat(second.awaitEnd()).isNotZero();
                assertThat(second.log()).contains("in use by another node").contains("bitstack.node.cache-directory");
            }
            assertThat(first.isAlive()).isTrue();
            answer();
        }
    }

    @Test
    void aFullDiskStopsThePullAndNothingElse() throws Exception {
        Path small = Files.createDirectories(directory.resolve("small"));
        long baseAndMinimal = PLANNER.storedBytes(MANIFEST.minimalBlocks());
        long kilobytes = (baseAndMinimal + 4096L * STACK.contents().size() * 3 / 4) / 1024;
        assumeTrue(mount(small, kilobytes), "no right to mount a small file system here");
        try (NodeProcess _ = start("full", "--bitstack.node.cache-directory=" + small.resolve("cache"))) {
            platform.deploy(CONTEXT_TOKENS);
            await(() -> !problem().isEmpty(), "a word about the disk");
            // A report that is made while the node comes to its minimal prefix may say one and not the other.
            await(
                    () -> {
                        JsonNode report = platform.lastReport;
                        return report.path("state").asString().equals("ready")
                                == report.path("blocks").asInt() >= MANIFEST.minimalBlocks();
                    },
                    "ready with the minimal prefix, and not without it");
            if (platform.lastReport.path("state").asString().equals("ready")) {
                answer();
            }
            assertThat(new ProcessBuilder("mount", "-o", "remount,size=64m", small.toString())
                            .start()
                            .waitFor())
                    .isZero();
            awaitBlocks(ALL);
        } finally {
            new ProcessBuilder("umount", "-l", small.toString()).start().waitFor();
        }
    }

    private static boolean mount(Path place, long kilobytes) throws Exception {
        try {
            return new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=" + kilobytes + "k", "none", place.toString())
                            .redirectErrorStream(true)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void aThousandBudgetsAMinuteChangeNoAnswer() throws Exception {
        platform.deploy(CONTEXT_TOKENS);
        try (NodeProcess _ = start("flapping", cache(), "--bitstack.node.heartbeat-interval=2ms")) {
            awaitBlocks(ALL);
            Map<Integer, JsonNode> still = new HashMap<>();
            for (int blocks = ALL; blocks >= MANIFEST.minimalBlocks(); blocks--) {
                still.put(blocks, answerAt(blocks));
            }
            Set<JsonNode> beginnings =
                    still.values().stream().map(BadThingsTest::begin).collect(Collectors.toSet());
            // Some blocks hold rows of the embeddings that nobody asks for.
            assertThat(beginnings).as("sizes can be told apart").hasSizeGreaterThan(still.size() / 2);
            SplittableRandom random = new SplittableRandom(5);
            for (int i = 0; i < BUDGET_CHANGES; i++) {
                int blocks = random.nextInt(MANIFEST.minimalBlocks() - 3, ALL + 3);
                platform.setBudget(blocks > ALL ? budgetFor(ALL) * 2 : budgetFor(blocks));
                if (i % 2 == 0) {
                    int reports = platform.reports.get();
                    await(() -> platform.reports.get() > reports, "the node hears of it");
                }
                if (i % 25 == 0) {
                    // Its later tokens may be those of other sizes, each of which has read what the one before wrote.
                    assertThat(begin(answer())).as("change %d", i).isIn(beginnings);
                }
                if (i % 100 == 50) {
                    int now = Math.clamp(blocks, MANIFEST.minimalBlocks(), ALL);
                    assertThat(answerAt(now)).as("%d blocks", now).isEqualTo(still.get(now));
                }
            }
            assertThat(answerAt(ALL)).isEqualTo(still.get(ALL));
            assertThat(platform.lastReport.path("corruptBlobs").asInt()).isZero();
            assertThat(platform.lastReport.path("requests").path("failed").asInt())
                    .isZero();
        }
    }

    /** The answer of a node that has come to a size and stays there. */
    private JsonNode answerAt(int blocks) throws Exception {
        platform.setBudget(budgetFor(blocks));
        awaitSettled();
        awaitBlocks(blocks);
        return answer();
    }

    /** An answer's first token with its scores, which come of one step, and so of one size. */
    private static JsonNode begin(JsonNode choices) {
        JsonNode scores = choices.path(0).path("logprobs");
        return JsonMapper.shared()
                .createArrayNode()
                .add(scores.path("tokens").path(0))
                .add(scores.path("token_logprobs").path(0))
                .add(scores.path("top_logprobs").path(0));
    }

    @Test
    void aRegistryThatAnswersNonsenseOrNothingChangesNothing() throws Exception {
        platform.deploy(CONTEXT_TOKENS);
        try (NodeProcess node = start("nonsense", cache())) {
            awaitBlocks(ALL);
            JsonNode expected = answer();
            platform.garbage = true;
            awaitRefusals(3);
            await(() -> hasLogged(node, "the node goes on with what it has"), "a word about it");
            assertThat(answer()).isEqualTo(expected);
            platform.garbage = false;
            platform.down = true;
            awaitRefusals(3);
            assertThat(answer()).isEqualTo(expected);
            platform.down = false;
            platform.forget();
            awaitBlocks(ALL);
            await(() -> hasLogged(node, "answers again"), "the gateway is back");
        }
    }

    private void awaitRefusals(int more) throws InterruptedException {
        int before = platform.refused.get();
        await(() -> platform.refused.get() >= before + more, "the node asks in vain");
    }

    @Test
    void aRegistryThatIsDownAtFirstIsWaitedFor() throws Exception {
        platform.down = true;
        platform.deploy(CONTEXT_TOKENS);
        try (NodeProcess _ = start("early", cache())) {
            awaitRefusals(3);
            platform.garbage = true;
            platform.down = false;
            awaitRefusals(3);
            platform.garbage = false;
            awaitBlocks(ALL);
        }
    }

    @Test
    void theManifestOfAnotherModelIsNotTaken() throws Exception {
        TestStack other = TestStack.random(
                CONFIG.replace("\"hidden_size\":64", "\"hidden_size\":32"),
                Map.of("tokenizer.json", TOKENIZER, "tokenizer_config.json", "{}"));
        platform.deploy(CONTEXT_TOKENS);
        platform.instead.put(STACK.digest(), ManifestJson.write(other.manifest()));
        try (NodeProcess _ = start("other", cache())) {
            await(() -> !platform.lastReport.path("problem").asString("").isEmpty(), "a problem");
            assertThat(platform.lastReport.path("state").asString()).isIn("empty", "loading");
            assertThat(platform.lastReport.path("blocks").asInt()).isZero();
            platform.instead.clear();
            awaitBlocks(ALL);
        }
    }

    @Test
    void aManifestThatMixesModelsIsNotServed() throws Exception {
        // Blocks of the right sizes in the wrong places: the codec must not be led astray.
        StackManifest m = MANIFEST;
        List<StackManifest.Block> blocks = new ArrayList<>(m.blocks());
        StackManifest.Block first = blocks.getFirst();
        blocks.set(
                0,
                new StackManifest.Block(
                        first.matrix(), first.level(), first.digest(), first.sizeBytes() + 8, first.gain()));
        StackManifest mixed = new StackManifest(
                m.format(),
                m.model(),
                m.codec(),
                m.files(),
                m.tensors(),
                m.inputs(),
                m.matrices(),
                blocks,
                m.minimalBlocks(),
                m.curve(),
                m.full(),
                m.lineage());
        byte[] bytes = ManifestJson.write(mixed);
        Digest digest = Digest.of(bytes);
        platform.instead.put(digest, bytes);
        platform.deploy(CONTEXT_TOKENS);
        platform.desired = platform.desired.replace(STACK.digest().toString(), digest.toString());
        try (NodeProcess _ = start("mixed", cache())) {
            await(() -> !platform.lastReport.path("problem").asString("").isEmpty(), "a problem");
            assertThat(platform.lastReport.path("blocks").asInt()).isZero();
        }
    }
}
