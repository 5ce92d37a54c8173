package io.bitstack.registry;

import static io.bitstack.registry.Problem.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.registry.RegistryFixture.Answer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A publication and a collection that want the same blob at the same time, stopped where it matters: each in the other's way once. */
class CollectionRaceTest {
    private static final String AN_HOUR = "{\"dryRun\":false,\"graceSeconds\":3600}";

    @TempDir
    static Path directory;

    private static TestStacks stacks;
    private static RegistryFixture http;

    @BeforeAll
    static void start() throws Exception {
        stacks = TestStacks.in(directory);
        http = new RegistryFixture(directory);
        http.post("/models", "{\"name\":\"raced\"}");
    }

    @AfterAll
    static void stop() throws Exception {
        http.close();
    }

    private static CompletableFuture<Answer> publishing(StackManifest manifest) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return http.post("/models/raced/versions", ManifestJson.write(manifest));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void whatIsTakenWhileAPublicationWaitsForItIsMissing() throws Exception {
        StackManifest manifest = stacks.withOwnBlock(1);
        Digest own = manifest.blocks().getLast().digest();
        condemnLongAgo(own);
        int versions = http.count("versions");
        int blocks = http.count("residual_blocks");
        CompletableFuture<Answer> publication;
        try (Connection collector = http.connection();
                Statement statement = collector.createStatement()) {
            collector.setAutoCommit(false);
            // What a collection does, step by step: it has the row, the publication comes, the bytes go.
            statement.execute("select digest from registry.blobs where digest = '%s' for update".formatted(own));
            publication = publishing(manifest);
            Waiting.await(statement);
            statement.execute("delete from registry.blobs where digest = '%s'".formatted(own));
            statement.execute("insert into registry.collected_blobs (digest) values ('%s')".formatted(own));
            Files.delete(file(own));
            collector.commit();
        }
        Answer refused = publication.get();
        assertProblem(refused, 422, "BLOB_MISSING");
        assertThat(refused.body().path("detail").asString()).contains(own.toString());
        assertThat(http.count("versions")).isEqualTo(versions);
        assertThat(http.count("residual_blocks")).isEqualTo(blocks);

        stacks.withOwnBlock(1);
        assertThat(publishing(manifest).get().status())
                .as("stored again it is published")
                .isEqualTo(201);
    }

    @Test
    void whatAPublicationHoldsIsNotTaken() throws Exception {
        StackManifest manifest = stacks.withOwnBlock(2);
        Digest own = manifest.blocks().getLast().digest();
        condemnLongAgo(own);
        CompletableFuture<Answer> publication;
        try (Connection other = http.connection();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            // A publication signs at its end, and names the key's row for that: here it stops with all its blobs held.
            statement.execute("select id from registry.signing_keys for update");
            publication = publishing(manifest);
            Waiting.await(statement);
            Answer collected = http.post("/storage/collect", AN_HOUR);
            assertThat(collected.status()).as(collected.body().toString()).isEqualTo(200);
            assertThat(file(own))
                    .as("its time is over, but for the publication")
                    .exists();
            assertThat(publication).isNotDone();
            other.rollback();
        }
        Answer published = publication.get();
        assertThat(published.status()).as(published.body().toString()).isEqualTo(201);
        JsonNode verified = http.post(
                        "/stacks/%s/verify"
                                .formatted(published.body().path("stackDigest").asString()),
                        "")
                .body();
        assertThat(verified.path("bad").size()).as(verified.toString()).isZero();
    }

    /** The blob becomes one whose bytes the next collection takes. */
    private static void condemnLongAgo(Digest blob) throws Exception {
        Files.setLastModifiedTime(file(blob), FileTime.from(Instant.now().minus(Duration.ofHours(3))));
        assertThat(http.post("/storage/collect", AN_HOUR).status()).isEqualTo(200);
        http.execute("update registry.blobs set condemned_at = condemned_at - interval '2 hours' where digest = '%s'"
                .formatted(blob));
        assertThat(http.query("select condemned_at < clock_timestamp() - interval '1 hour' from registry.blobs where"
                        + " digest = '%s'".formatted(blob)))
                .isEqualTo("t");
    }

    private static Path file(Digest digest) {
        return directory
                .resolve(digest.hex().substring(0, 2))
                .resolve(digest.hex().substring(2));
    }
}
