package io.bitstack.inference.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.model.KvCache;
import io.bitstack.core.model.LogitsWanted;
import io.bitstack.core.model.Transformer;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.KvPrecision;
import io.bitstack.core.stack.MemoryModel;
import io.bitstack.inference.resident.ModelSession;
import io.bitstack.inference.resident.Serving;
import io.bitstack.inference.resident.WeightsLease;
import io.bitstack.service.access.CallerIdentity;
import io.bitstack.service.access.InternalTokens;
import io.bitstack.service.access.PlatformService;
import io.bitstack.service.access.Role;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;

/** A whole node against the platform's routes, with a small real stack. */
class NodeTest extends EdgeNodeFixture {
    private ConfigurableApplicationContext node;

    @BeforeEach
    void start() {
        node = boot(largestBudget());
    }

    private ConfigurableApplicationContext boot(long budgetBytes) {
        return boot(
                "--bitstack.node.access-token=token-of-the-test",
                "--bitstack.node.budget-bytes=" + budgetBytes,
                "--bitstack.node.labels=zone=a,kind=test",
                "--bitstack.node.coalesce-below-bytes=0");
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private static long largestBudget() {
        return budgetFor(MANIFEST.blocks().size());
    }

    @Test
    void pullsWhatFitsAndServesIt() throws Exception {
        assertThat(node.getBean(Serving.class).open()).isEmpty();
        assertThat(health("readiness")).as("without a minimal prefix").isEqualTo(503);
        assertThat(health("liveness")).as("it lives all the same").isEqualTo(200);
        int blocks = MANIFEST.minimalBlocks() + 5;
        platform.deployWithin(budgetFor(blocks + 1) - 1, CONTEXT_TOKENS);
        awaitBlocks(blocks);
        JsonNode report = platform.lastReport;
        assertThat(report.path("state").asString()).isEqualTo("ready");
        assertThat(report.path("model").asString()).isEqualTo("tiny");
        assertThat(report.path("version").asInt()).isEqualTo(3);
        assertThat(report.path("stackDigest").asString())
                .isEqualTo(STACK.digest().toString());
        assertThat(report.path("labels").path("zone").asString()).isEqualTo("a");
        assertThat(report.path("bpw").asDouble()).isEqualTo(PLANNER.bpw(blocks));
        long blocksBytes = report.path("ledger").path("blocksBytes").asLong();
        assertThat(blocksBytes).isEqualTo(budgetFor(blocks) - budgetFor(0));
        long baseBytes = report.path("ledger").path("baseBytes").asLong()
                + report.path("ledger").path("tablesBytes").asLong();
        assertThat(baseBytes).isLessThanOrEqualTo(MemoryModel.residentBaseBytes(MANIFEST));
        assertThat(report.path("heldBytes").asLong())
                .isEqualTo(blocksBytes + baseBytes)
                .isLessThanOrEqualTo(report.path("budgetBytes").asLong());
        assertThat(logits(node)).containsExactly(expectedLogits(blocks));
    }

    @Test
    void growsAndShrinksWhileAReaderKeepsItsSnapshot() throws Exception {
        int small = MANIFEST.minimalBlocks();
        int large = MANIFEST.blocks().size();
        platform.deploy(CONTEXT_TOKENS);
        awaitBlocks(large);
        long heldLarge = platform.lastReport.path("heldBytes").asLong();
        try (ModelSession session = node.getBean(Serving.class).open().orElseThrow()) {
            try (WeightsLease lease = session.lease()) {
                platform.setBudget(budgetFor(small));
                awaitBlocks(small);
                assertThat(lease.blocks()).isEqualTo(large);
                assertThat(platform.lastReport.path("heldBytes").asLong())
                        .as("a reader still holds the dropped blocks")
                        .isEqualTo(heldLarge);
                float[] logits = new Transformer(STACK.config(), RowPool.SINGLE)
                        .forward(
                                lease.weights(),
                                new int[] {1, 5, 9, 13},
                                new KvCache(STACK.config(), 16, KvPrecision.HALF),
                                LogitsWanted.LAST);
                assertThat(logits).containsExactly(expectedLogits(large));
            }
            await(() -> platform.lastReport.path("heldBytes").asLong() < heldLarge, "bytes given back");
            assertThat(platform.lastReport.path("ledger").path("blocksBytes").asLong())
                    .isEqualTo(budgetFor(small) - budgetFor(0));
            try (WeightsLease lease = session.lease()) {
                assertThat(lease.blocks()).isEqualTo(small);
            }
        }
        int before = platform.blobRequests.get();
        platform.setBudget(budgetFor(large));
        awaitBlocks(large);
        assertThat(platform.blobRequests).as("all is in the cache").hasValue(before);
        assertThat(logits(node)).containsExactly(expectedLogits(large));
        assertThat(platform.lastReport.has("lastResizeMillis")).isTrue();
    }

    @Test
    void neverUsesCorruptBytes() throws Exception {
        Digest spoilt = MANIFEST.blocks().get(2).digest();
        Digest cut = MANIFEST.blocks().get(3).digest();
        platform.spoilOnce.add(spoilt);
        platform.cutOnce.add(cut);
        platform.arrived = (digest, bytes) -> {
            try {
                return Files.size(cached(digest).resolveSibling(cached(digest).getFileName() + ".part")) >= bytes;
            } catch (IOException e) {
                return false; // not yet there
            }
        };
        platform.deploy(CONTEXT_TOKENS);
        awaitBlocks(MANIFEST.blocks().size());
        assertThat(platform.lastReport.path("corruptBlobs").asInt()).isEqualTo(1);
        assertThat(platform.ranges)
                .as("the cut download went on where it ended")
                .containsOnlyKeys(cut);
        assertThat(logits(node))
                .containsExactly(expectedLogits(MANIFEST.blocks().size()));

        node.close();
        Path file = cached(spoilt);
        byte[] content = Files.readAllBytes(file);
        content[7] ^= 4;
        Files.delete(file);
        Files.write(file, content);
        int before = platform.blobRequests.get();
        platform.forgetNode();
        node = boot(largestBudget());
        await(
                () -> platform.lastReport.path("corruptBlobs").asInt() == 1
                        && platform.lastReport.path("blocks").asInt()
                                == MANIFEST.blocks().size(),
                "loaded again");
        assertThat(platform.blobRequests).as("only the spoilt one was fetched").hasValue(before + 1);
        assertThat(logits(node))
                .containsExactly(expectedLogits(MANIFEST.blocks().size()));
    }

    @Test
    void saysWhatIsMissingAndKeepsItsModel() throws Exception {
        platform.deployWithin(budgetFor(MANIFEST.minimalBlocks()) - 77, CONTEXT_TOKENS);
        await(() -> platform.lastReport.path("problem").asString("").contains("77 bytes short"), "a problem");
        assertThat(platform.lastReport.path("state").asString()).isEqualTo("empty");
        platform.setBudget(largestBudget());
        awaitBlocks(MANIFEST.blocks().size());
        await(() -> !platform.lastReport.has("problem"), "the problem gone");
        platform.setBudget(budgetFor(MANIFEST.minimalBlocks()) - 77);
        awaitBlocks(MANIFEST.minimalBlocks());
        await(() -> platform.lastReport.path("problem").asString("").contains("77 bytes short"), "the problem again");
        assertThat(platform.lastReport.path("state").asString()).isEqualTo("ready");
        assertThat(platform.lastReport.path("blocks").asInt()).isEqualTo(MANIFEST.minimalBlocks());
    }

    @Test
    void goesOnWithoutThePlatform() throws Exception {
        platform.deploy(CONTEXT_TOKENS);
        awaitBlocks(MANIFEST.blocks().size());
        platform.down = true;
        await(() -> platform.refused.get() >= 3, "the node asks in vain");
        assertThat(logits(node))
                .containsExactly(expectedLogits(MANIFEST.blocks().size()));
    }

    @Test
    void answersOnlyToItsToken() throws Exception {
        platform.deploy(CONTEXT_TOKENS);
        awaitBlocks(MANIFEST.blocks().size());
        String base = "http://127.0.0.1:" + node.getEnvironment().getRequiredProperty("local.server.port");
        assertThat(platform.lastReport.path("url").asString()).isEqualTo(base);
        assertThat(platform.lastReport.path("accessToken").asString()).isEqualTo("token-of-the-test");
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + "/node/status"));
        assertThat(client.send(request.build(), HttpResponse.BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(401);
        HttpResponse<String> status = client.send(
                request.header(
                                "Authorization",
                                new InternalTokens("token-of-the-test")
                                        .header(
                                                new CallerIdentity("test", Role.SERVICE),
                                                PlatformService.NODE,
                                                "GET",
                                                "/node/status"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(status.statusCode()).isEqualTo(200);
        assertThat(status.body()).contains("\"state\":\"ready\"").doesNotContain("token-of-the-test");
        assertThat(health("readiness")).isEqualTo(200);
    }

    /** The status by which a node says whether it is ready, or lives. */
    private int health(String group) throws Exception {
        URI url = URI.create("http://127.0.0.1:%s/actuator/health/%s"
                .formatted(node.getEnvironment().getRequiredProperty("local.management.port"), group));
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }
}
