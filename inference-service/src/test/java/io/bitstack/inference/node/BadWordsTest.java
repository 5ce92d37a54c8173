package io.bitstack.inference.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.inference.trust.TestSigner;
import java.net.URI;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A registry that is wrong, slow or gone, and settings that make no sense, for a node that is a process of its own. */
class BadWordsTest extends NodeProcessFixture {
    private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");

    @Test
    void aStackThatAStrangerSignedIsNotTaken() throws Exception {
        platform.impostor = new TestSigner("a-stranger-00001");
        platform.deploy(CONTEXT_TOKENS);
        try (NodeProcess _ = start("signed", cache())) {
            await(() -> problem().contains("signed by a-stranger-00001"), "a word about the signature");
            assertThat(platform.lastReport.path("blocks").asInt()).isZero();
            assertThat(platform.lastReport.path("state").asString()).isIn("empty", "loading");
            assertThat(platform.contentRequests).as("nothing of it was pulled").hasValue(0);
            platform.impostor = null;
            awaitBlocks(ALL);
        }
    }

    @Test
    void aRegistryThatNeverEndsItsAnswersIsNotWaitedForWithoutEnd() throws Exception {
        platform.deploy(CONTEXT_TOKENS);
        platform.slowMillis = 2;
        try (NodeProcess node = start("slow", cache(), "--bitstack.node.gateway-timeout=1s")) {
            awaitBlocks(ALL);
            JsonNode expected = answer();
            platform.stalled = true;
            await(() -> platform.unended.get() >= 2, "the first answer is given up, and asked for again");
            await(() -> hasLogged(node, "does not take the report"), "a word about the gateway");
            assertThat(answer()).isEqualTo(expected);
            platform.stalled = false;
            platform.forget();
            awaitBlocks(ALL);
            await(() -> hasLogged(node, "answers again"), "the gateway is back");
        }
    }

    @Test
    void startsFromItsCacheAloneAfterItWasKilled() throws Exception {
        platform.deploy(CONTEXT_TOKENS);
        JsonNode expected;
        try (NodeProcess node = start("online", cache())) {
            awaitBlocks(ALL);
            expected = answer();
            node.kill();
        }
        platform.down = true;
        platform.forgetNode();
        try (NodeProcess node = start("offline", cache())) {
            await(() -> hasLogged(node, ALL + " blocks instead of"), "all of the model");
            await(() -> hasLogged(node, "Started InferenceApplication"), "its doors are open");
            Matcher port = PORT.matcher(node.log());
            assertThat(port.find()).isTrue();
            assertThat(answer(URI.create("http://127.0.0.1:" + port.group(1)))).isEqualTo(expected);
            platform.down = false;
            awaitBlocks(ALL);
        }
    }

    @Test
    void senselessBudgets() throws Exception {
        try (NodeProcess node = start("negative", cache(), "--bitstack.node.budget-bytes=-1")) {
            assertThat(node.awaitEnd()).isNotZero();
            assertThat(node.log()).contains("bitstack.node.budget-bytes must be a number of bytes");
        }
        platform.deploy(CONTEXT_TOKENS);
        try (NodeProcess _ = start("sized", cache())) {
            awaitBlocks(ALL);
            JsonNode expected = answer();
            for (long senseless : new long[] {0, -5, 1}) {
                platform.setBudget(senseless);
                awaitBlocks(MANIFEST.minimalBlocks());
                await(() -> problem().contains("short"), "a word about the budget");
                assertThat(platform.lastReport.path("state").asString()).isEqualTo("ready");
                answer();
                platform.setBudget(budgetFor(ALL));
                awaitBlocks(ALL);
                await(() -> problem().isEmpty(), "the word is taken back");
            }
            platform.setBudget(Long.MAX_VALUE / 2);
            await(() -> problem().contains("it is kept to these"), "a word about the machine's memory");
            JsonNode report = platform.lastReport;
            assertThat(report.path("budgetBytes").asLong())
                    .isEqualTo(report.path("memory").path("limitBytes").asLong());
            assertThat(answer()).isEqualTo(expected);
        }
    }
}
