package io.bitstack.registry;

import static io.bitstack.registry.Problem.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.registry.RegistryFixture.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A backup of database and blobs as docs/OPERATIONS.md says, taken while versions are published, with PostgreSQL's own tools. */
class BackupTest {
    @TempDir
    Path directory;

    @Test
    void eitherOrderGivesAWholeRegistryOrTheListOfWhatIsMissing() throws Exception {
        Path tools = ServerOfThisMachine.find().orElse(null);
        assumeTrue(
                tools != null,
                "no PostgreSQL with initdb, pg_dump and pg_restore is installed here; -Dbitstack.postgres=DIRECTORY"
                        + " names one");
        try (ServerOfThisMachine server =
                ServerOfThisMachine.start(tools, Files.createDirectory(directory.resolve("server")))) {
            Path blobs = directory.resolve("blobs");
            Path copiedFirst = directory.resolve("copied-first");
            Path copiedLast = directory.resolve("copied-last");
            TestStacks stacks = TestStacks.in(blobs);
            StackManifest late = stacks.withOwnBlock(2);
            try (RegistryFixture registry = registry(server, "postgres", blobs)) {
                registry.post("/models", "{\"name\":\"prose\"}");
                publish(registry, stacks.withOwnBlock(1));
                registry.send("PUT", "/models/prose/aliases/stable", "{\"version\":1}");
                registry.send("PATCH", "/models/prose/versions/1/tags", "{\"team\":\"nlp\"}");

                copy(blobs, copiedFirst);
                server.run(
                        "pg_dump", "-Fc", "-f", directory.resolve("early.dump").toString(), "postgres");
                Digest own = late.blocks().getLast().digest();
                Files.deleteIfExists(file(copiedFirst, own)); // as if it was copied before the block was stored
                publish(registry, late);
                server.run(
                        "pg_dump", "-Fc", "-f", directory.resolve("late.dump").toString(), "postgres");
                copy(blobs, copiedLast);
            }
            theDatabaseFirst(server, copiedLast, late);
            theBlobsFirst(server, copiedFirst, blobs, late);
        }
    }

    /** Everything that the dump names is in the copy, and what it does not name is garbage. */
    private void theDatabaseFirst(ServerOfThisMachine server, Path copy, StackManifest late) throws Exception {
        try (RegistryFixture restored = restore(server, "early", copy)) {
            assertThat(check(restored).path("bad").size()).isZero();
            JsonNode alias = restored.get("/models/prose/aliases/stable").body();
            assertThat(alias.path("version").asInt()).as(alias.toString()).isEqualTo(1);
            JsonNode version = restored.get("/models/prose/versions/1").body();
            assertThat(version.path("tags").path("team").asString()).isEqualTo("nlp");
            JsonNode verified = restored.post(
                            "/stacks/%s/verify"
                                    .formatted(version.path("stackDigest").asString()),
                            "")
                    .body();
            assertThat(verified.path("bad").size()).as(verified.toString()).isZero();
            assertThat(restored.get("/stacks/%s/export"
                                    .formatted(version.path("stackDigest").asString()))
                            .status())
                    .isEqualTo(200);
            assertThat(restored.get("/models/prose/versions/2").status()).isEqualTo(404);
            JsonNode collected = restored.post("/storage/collect", "{\"dryRun\":false,\"graceSeconds\":0}")
                    .body();
            assertThat(collected.path("collectedBlobs").asInt())
                    .as(
                            "last block and manifest of the version that is not in the dump, and those of the stack that both"
                                    + " versions were made from, which nobody published: " + collected)
                    .isEqualTo(4);
            assertThat(file(copy, late.blocks().getLast().digest())).doesNotExist();
            assertThat(file(copy, ManifestJson.digest(late))).doesNotExist();
            assertThat(check(restored).path("bad").size()).isZero();
        }
    }

    /** What is missing is named, with the version that misses it; copied after all, the registry is whole. */
    private void theBlobsFirst(ServerOfThisMachine server, Path copy, Path blobs, StackManifest late) throws Exception {
        Digest block = late.blocks().getLast().digest();
        Digest manifest = ManifestJson.digest(late);
        try (RegistryFixture restored = restore(server, "late", copy)) {
            JsonNode bad = check(restored).path("bad");
            Set<String> missing = new TreeSet<>();
            for (JsonNode one : bad) {
                assertThat(one.path("fault").asString()).isEqualTo("missing");
                assertThat(one.path("versions").get(0).asString()).isEqualTo("prose/2");
                missing.add(one.path("digest").asString());
            }
            assertThat(missing).containsExactlyInAnyOrder(block.toString(), manifest.toString());
            assertProblem(restored.get("/stacks/%s/manifest".formatted(manifest)), 503, "STORAGE_FAILED");
            assertThat(restored.get("/models/prose/versions/1").status())
                    .as("the others are whole")
                    .isEqualTo(200);
            for (Digest digest : Set.of(block, manifest)) {
                Files.createDirectories(file(copy, digest).getParent());
                Files.copy(file(blobs, digest), file(copy, digest));
            }
            assertThat(check(restored).path("bad").size()).isZero();
            assertThat(restored.get("/models/prose/versions/2").status()).isEqualTo(200);
        }
    }

    private static RegistryFixture registry(ServerOfThisMachine server, String database, Path blobs) {
        return new RegistryFixture(server.url(database), () -> {}, "--bitstack.blobs.directory=" + blobs);
    }

    private RegistryFixture restore(ServerOfThisMachine server, String dump, Path blobs) throws Exception {
        server.run("createdb", dump);
        server.run("pg_restore", "-d", dump, directory.resolve(dump + ".dump").toString());
        return registry(server, dump, blobs);
    }

    private static JsonNode check(RegistryFixture registry) throws Exception {
        JsonNode found = registry.post("/storage/check?limit=10000", "").body();
        assertThat(found.path("checkedBlobs").asInt()).as(found.toString()).isPositive();
        assertThat(found.has("next")).isFalse();
        return found;
    }

    private static void publish(RegistryFixture registry, StackManifest manifest) throws Exception {
        Answer published = registry.post("/models/prose/versions", ManifestJson.write(manifest));
        assertThat(published.status()).as(published.body().toString()).isEqualTo(201);
    }

    private static Path file(Path store, Digest digest) {
        return store.resolve(digest.hex().substring(0, 2)).resolve(digest.hex().substring(2));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            files.forEach(file -> {
                try {
                    Files.copy(file, to.resolve(from.relativize(file)));
                } catch (FileAlreadyExistsException e) {
                    // copied before
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
