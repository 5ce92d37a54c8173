package io.bitstack.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.stack.BlobInventory;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.BlobStores;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.S3Server;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.registry.stack.Stacks;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** With an S3 server behind it the registry hands out URLs instead of bytes. */
class S3BlobsTest {
    private static final byte[] CONTENT = {10, 11, 12, 13, 14, 15};

    @Test
    void blobsAreFetchedFromTheS3ServerByShortLivedUrls() throws Exception {
        try (S3Server server = S3Server.start();
                RegistryFixture registry = new RegistryFixture(
                        "--bitstack.blobs.type=s3",
                        "--bitstack.blobs.endpoint=" + server.endpoint(),
                        "--bitstack.blobs.bucket=registry-test",
                        "--bitstack.blobs.access-key=" + server.accessKey(),
                        "--bitstack.blobs.secret-key=" + server.secretKey());
                HttpClient anyone = HttpClient.newHttpClient()) {
            Digest digest = BlobStores.open(server.settings("registry-test"))
                    .put(ByteBuffer.wrap(CONTENT))
                    .digest();

            RegistryFixture.Answer redirect = registry.get("/blobs/" + digest, "Range", "bytes=2-3");
            assertThat(redirect.status()).isEqualTo(307);
            URI url = URI.create(
                    redirect.response().headers().firstValue("Location").orElseThrow());
            assertThat(url).hasPort(server.endpoint().getPort());
            HttpResponse<byte[]> part = anyone.send(
                    HttpRequest.newBuilder(url).header("Range", "bytes=2-3").build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            assertThat(part.statusCode()).isEqualTo(206);
            assertThat(part.body()).containsExactly(12, 13);

            RegistryFixture.Answer missing = registry.get("/blobs/" + Digest.of(new byte[] {77}));
            assertThat(missing.status()).isEqualTo(404);
            assertThat(missing.code()).isEqualTo("BLOB_NOT_FOUND");
        }
    }

    @Test
    void aCollectionTakesFromTheS3ServerWhatNothingNames() throws Exception {
        String now = "{\"dryRun\":false,\"graceSeconds\":0}";
        try (S3Server server = S3Server.start();
                RegistryFixture registry = new RegistryFixture(
                        "--bitstack.blobs.type=s3",
                        "--bitstack.blobs.endpoint=" + server.endpoint(),
                        "--bitstack.blobs.bucket=collected",
                        "--bitstack.blobs.access-key=" + server.accessKey(),
                        "--bitstack.blobs.secret-key=" + server.secretKey())) {
            BlobStore store = BlobStores.open(server.settings("collected"));
            TestStacks stacks = TestStacks.in(store);
            registry.post("/models", "{\"name\":\"kept\"}");
            registry.post("/models", "{\"name\":\"gone\"}");
            StackManifest kept = stacks.manifest();
            StackManifest gone = stacks.withOwnBlock(1);
            assertThat(registry.post("/models/kept/versions", ManifestJson.write(kept))
                            .status())
                    .isEqualTo(201);
            assertThat(registry.post("/models/gone/versions", ManifestJson.write(gone))
                            .status())
                    .isEqualTo(201);
            Digest own = gone.blocks().getLast().digest();
            Digest stranger = store.put(ByteBuffer.wrap(CONTENT)).digest();
            registry.send("DELETE", "/models/gone/versions/1", "");

            JsonNode dry =
                    registry.post("/storage/collect", "{\"graceSeconds\":0}").body();
            assertThat(dry.path("purgedVersions").asInt()).as(dry.toString()).isEqualTo(1);
            assertThat(store.sizeBytes(own)).isPresent();
            JsonNode report = registry.post("/storage/collect", now).body();
            assertThat(report.path("collectedBlobs").asInt())
                    .as("the block, the manifest, the stranger: " + report)
                    .isEqualTo(3);
            Set<Digest> left = new HashSet<>();
            ((BlobInventory) store).visitAll(blob -> left.add(blob.digest()));
            assertThat(left).doesNotContain(own, stranger, ManifestJson.digest(gone));
            assertThat(left)
                    .containsAll(Stacks.blobsOf(kept).stream()
                            .map(Descriptor::digest)
                            .toList());
            JsonNode whole = registry.post("/storage/check", "").body();
            assertThat(whole.path("bad").size()).as(whole.toString()).isZero();
            assertThat(registry.post("/stacks/%s/verify".formatted(ManifestJson.digest(kept)), "")
                            .body()
                            .path("bad")
                            .size())
                    .isZero();

            Digest lost = kept.blocks().getLast().digest();
            ((BlobInventory) store).delete(lost);
            JsonNode bad = registry.post("/storage/check", "").body().path("bad");
            assertThat(bad.size()).as(bad.toString()).isEqualTo(1);
            assertThat(bad.get(0).path("digest").asString()).isEqualTo(lost.toString());
            assertThat(bad.get(0).path("fault").asString()).isEqualTo("missing");
            assertThat(bad.get(0).path("versions").get(0).asString()).isEqualTo("kept/1");
        }
    }
}
