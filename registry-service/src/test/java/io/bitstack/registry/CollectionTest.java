package io.bitstack.registry;

import static io.bitstack.registry.Problem.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.registry.RegistryFixture.Answer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What nothing names goes, what is named stays, whoever is at it at the same time. */
class CollectionTest {
    private static final String NOW = "{\"dryRun\":false,\"graceSeconds\":0}";

    @TempDir
    static Path directory;

    private static TestStacks stacks;
    private static RegistryFixture http;

    @BeforeAll
    static void start() throws Exception {
        stacks = TestStacks.in(directory);
        http = new RegistryFixture(directory);
    }

    @AfterAll
    static void stop() throws Exception {
        http.close();
    }

    private static void register(String model) throws Exception {
        assertThat(http.post("/models", "{\"name\":\"%s\"}".formatted(model)).status())
                .isEqualTo(201);
    }

    private static Answer publish(String model, StackManifest manifest) throws Exception {
        return http.post("/models/%s/versions".formatted(model), ManifestJson.write(manifest));
    }

    private static StackManifest withOwnBlock(long seed) throws Exception {
        return stacks.withOwnBlock(seed);
    }

    private static boolean isStored(Digest digest) throws Exception {
        return stacks.blobs().sizeBytes(digest).isPresent();
    }

    @Test
    void deletedVersionsGoAndWhatOthersShareStays() throws Exception {
        register("kept");
        publish("kept", stacks.manifest());
        register("gone");
        StackManifest manifest = withOwnBlock(1);
        Digest own = manifest.blocks().getLast().digest();
        Answer published = publish("gone", manifest);
        assertThat(published.status()).as(published.body().toString()).isEqualTo(201);
        http.send("PUT", "/nodes/holder", """
            {"url":"http://127.0.0.1:1","budgetBytes":1,"state":"ready","blocks":1,"heldBytes":1,"activeRequests":0,
             "queuedRequests":0,"corruptBlobs":0,"stackDigest":"%s"}\
            """.formatted(
                        published.body().path("stackDigest").asString()));
        http.send("DELETE", "/models/gone/versions/1", "");

        JsonNode held = http.post("/storage/collect", NOW).body();
        assertThat(held.path("purgedVersions").asInt(-1))
                .as("a node holds it: " + held)
                .isZero();
        http.send("DELETE", "/nodes/holder", "");
        JsonNode early = http.post("/storage/collect", "{\"dryRun\":false}").body();
        assertThat(early.path("purgedVersions").asInt(-1))
                .as("the grace period: " + early)
                .isZero();
        JsonNode dry = http.post("/storage/collect", "{\"graceSeconds\":0}").body();
        assertThat(dry.path("purgedVersions").asInt()).as(dry.toString()).isEqualTo(1);
        assertThat(isStored(own)).isTrue();

        JsonNode report = http.post("/storage/collect", NOW).body();
        assertThat(report.path("purgedVersions").asInt()).as(report.toString()).isEqualTo(1);
        assertThat(report.path("removedStacks").asInt()).isEqualTo(1);
        assertThat(report.path("collectedBytes").asLong())
                .isGreaterThanOrEqualTo(manifest.blocks().getLast().sizeBytes());
        assertThat(isStored(own)).isFalse();
        JsonNode check = http.post("/storage/check", "").body();
        assertThat(check.path("bad").size()).as(check.toString()).isZero();
        assertProblem(
                http.send("PATCH", "/models/gone/versions/1", "{\"state\":\"archived\"}"),
                409,
                "VERSION_STATE_INVALID");
        Answer again = publish("gone", manifest);
        assertProblem(again, 422, "BLOB_MISSING");
        withOwnBlock(1);
        assertThat(publish("gone", manifest).body().path("version").asInt()).isEqualTo(2);
    }

    @Test
    void publicationsAndCollectionsNeverSpoilEachOther() throws Exception {
        register("racing");
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<Void> collecting = CompletableFuture.runAsync(() -> {
            try {
                while (!over.get()) {
                    Answer collected = http.post("/storage/collect", NOW);
                    assertThat(collected.status())
                            .as(collected.body().toString())
                            .isEqualTo(200);
                }
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        int published = 0;
        for (int i = 0; i < 30; i++) {
            StackManifest manifest = withOwnBlock(1000 + i);
            Answer answer = publish("racing", manifest);
            if (answer.status() == 201) {
                published++;
                assertThat(isStored(manifest.blocks().getLast().digest())).isTrue();
            } else {
                assertProblem(answer, 422, "BLOB_MISSING");
            }
        }
        over.set(true);
        collecting.get();
        assertThat(http.query("select count(*) from registry.versions v join registry.models m on m.id = v.model_id"
                        + " where m.name = 'racing'"))
                .isEqualTo(Integer.toString(published));
        JsonNode check = http.post("/storage/check?limit=10000", "").body();
        assertThat(check.path("bad").size()).as(check.toString()).isZero();
    }

    private static Path file(Digest digest) {
        return directory
                .resolve(digest.hex().substring(0, 2))
                .resolve(digest.hex().substring(2));
    }

    @Test
    void whatAJobStoresAgainIsNotTakenFromIt() throws Exception {
        register("reused");
        StackManifest reused = withOwnBlock(21);
        StackManifest forgotten = withOwnBlock(22);
        Digest wanted = reused.blocks().getLast().digest();
        Digest unwanted = forgotten.blocks().getLast().digest();
        for (Digest orphan : List.of(wanted, unwanted)) {
            Files.setLastModifiedTime(file(orphan), FileTime.from(Instant.now().minus(Duration.ofHours(3))));
        }
        String anHour = "{\"dryRun\":false,\"graceSeconds\":3600}";
        assertThat(http.post("/storage/collect", anHour).status()).isEqualTo(200);
        // Two hours later.
        http.execute("update registry.blobs set condemned_at = condemned_at - interval '2 hours' where digest in"
                + " ('%s', '%s')".formatted(wanted, unwanted));
        withOwnBlock(21);

        JsonNode report = http.post("/storage/collect", anHour).body();
        assertThat(isStored(unwanted)).as(report.toString()).isFalse();
        assertThat(isStored(wanted)).as("a job has just stored it: " + report).isTrue();
        assertThat(publish("reused", reused).status()).isEqualTo(201);
        assertProblem(publish("reused", forgotten), 422, "BLOB_MISSING");
    }

    @Test
    void referencesAreCounted() throws Exception {
        register("counted");
        StackManifest manifest = withOwnBlock(31);
        Digest own = manifest.blocks().getLast().digest();
        assertProblem(http.get("/blobs/%s/references".formatted(own)), 404, "BLOB_NOT_FOUND");
        publish("counted", manifest);
        JsonNode once = http.get("/blobs/%s/references".formatted(own)).body();
        assertThat(once.path("references").asLong()).as(once.toString()).isEqualTo(1);
        assertThat(once.path("stacks").asInt()).isEqualTo(1);
        Digest shared = manifest.blocks().getFirst().digest();
        long before = http.get("/blobs/%s/references".formatted(shared))
                .body()
                .path("references")
                .asLong();
        publish("counted", withOwnBlock(32));
        assertThat(http.get("/blobs/%s/references".formatted(shared))
                        .body()
                        .path("references")
                        .asLong())
                .isEqualTo(before + 1);
        assertThatThrownBy(() -> http.execute("delete from registry.blobs where digest = '%s'".formatted(own)))
                .hasMessageContaining("foreign key");
    }

    @Test
    void findsWhatIsMissingAndWhatIsCorrupt() throws Exception {
        register("checked");
        StackManifest manifest = withOwnBlock(3);
        String stack = publish("checked", manifest).body().path("stackDigest").asString();
        String verify = "/stacks/" + stack + "/verify";
        JsonNode first = http.post(verify + "?limit=5", "").body();
        assertThat(first.path("checkedBlobs").asInt()).as(first.toString()).isEqualTo(5);
        assertThat(first.path("bad").size()).isZero();
        assertThat(http.post(verify + "?limit=5&after=" + first.path("next").asString(), "")
                        .body()
                        .path("checkedBlobs")
                        .asInt())
                .isEqualTo(5);
        String hex = manifest.blocks().getLast().digest().hex();
        Path file = file(manifest.blocks().getLast().digest());
        byte[] content = Files.readAllBytes(file);
        byte[] spoiled = content.clone();
        spoiled[spoiled.length / 2] ^= 1;
        Files.write(file, spoiled);
        assertThat(http.post(verify, "").body().path("bad").get(0).path("fault").asString())
                .isEqualTo("corrupt");
        Files.delete(file);
        assertThat(http.post("/storage/check?limit=10000", "")
                        .body()
                        .path("bad")
                        .toString())
                .contains("\"missing\"")
                .contains("checked/1")
                .contains(hex);
        Files.write(file, content);
        assertThat(http.get("/storage").body().path("blobs").asInt()).isPositive();
    }
}
