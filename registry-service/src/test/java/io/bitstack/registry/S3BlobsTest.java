package io.bitstack.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.stack.BlobStores;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.S3Server;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

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
}
