package io.bitstack.inference.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.bitstack.core.stack.MemoryModel;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;

/** Metrics say what everything weighs, and how soon an empty node could serve. */
class LedgerTest extends EdgeNodeFixture {
    private static final int ALL = MANIFEST.blocks().size();

    private static String scrape(ConfigurableApplicationContext node) throws Exception {
        String port = node.getEnvironment().getRequiredProperty("local.management.port");
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/actuator/prometheus"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    private static double value(String metrics, String name) {
        Matcher found =
                Pattern.compile("(?m)^" + Pattern.quote(name) + " (\\S+)$").matcher(metrics);
        assertThat(found.find()).as(name + " in " + metrics).isTrue();
        return Double.parseDouble(found.group(1));
    }

    private static double part(String metrics, String part) {
        return value(metrics, "bitstack_inference_ledger_bytes{part=\"%s\"}".formatted(part));
    }

    private static double tableBytes() {
        return MANIFEST.matrices().stream()
                .mapToLong(matrix -> Float.BYTES * ((1L << (matrix.levels() + 1)) - (1L << matrix.startLevel())))
                .sum();
    }

    @Test
    void everyPartIsAccountedFor() throws Exception {
        platform.deploy(CONTEXT_TOKENS);
        try (ConfigurableApplicationContext node = boot()) {
            awaitBlocks(ALL);
            String metrics = scrape(node);
            assertThat(part(metrics, "blocks"))
                    .as("equal blocks are held once")
                    .isPositive()
                    .isLessThanOrEqualTo((double) (budgetFor(ALL) - budgetFor(0)))
                    .isEqualTo(platform.lastReport
                            .path("ledger")
                            .path("blocksBytes")
                            .asDouble());
            assertThat(part(metrics, "tables"))
                    .as("for each level of each matrix, a value of 32 bits for each code")
                    .isEqualTo(tableBytes());
            assertThat(part(metrics, "base")).as("scales, norms, side branches").isPositive();
            assertThat(part(metrics, "base") + part(metrics, "tables"))
                    .isLessThanOrEqualTo((double) MemoryModel.residentBaseBytes(MANIFEST));
            double held = part(metrics, "blocks")
                    + part(metrics, "base")
                    + part(metrics, "tables")
                    + part(metrics, "kv-cache")
                    + part(metrics, "scratch");
            assertThat(held).isLessThanOrEqualTo(value(metrics, "bitstack_inference_budget_bytes"));
            assertThat(part(metrics, "jvm")).isPositive();
            assertThat(value(metrics, "bitstack_inference_first_prefix_time_seconds") * 1000)
                    .isCloseTo(platform.lastReport.path("firstPrefixMillis").asDouble(), within(0.001));
            // The node may look at its memory between two of a scrape's numbers; in a report they are of one look.
            JsonNode report = platform.lastReport;
            assertThat(report.path("ledger").path("jvmBytes").asLong())
                    .isPositive()
                    .isLessThanOrEqualTo(
                            report.path("memory").path("processBytes").asLong());
            assertThat(value(metrics, "bitstack_inference_memory_process_bytes"))
                    .isPositive();
        }
    }
}
