package io.bitstack.core.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.RemoveBucketArgs;
import io.minio.errors.MinioException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class S3BlobStoreTest extends BlobStoreContract {
    private static final String BUCKET = "bitstack-test";

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static S3Server server;

    @BeforeAll
    static void startServer() throws Exception {
        server = S3Server.start();
    }

    @AfterAll
    static void stopServer() throws IOException {
        server.close();
    }

    @Override
    protected BlobStore store() throws IOException {
        return BlobStores.open(server.settings(BUCKET));
    }

    @Override
    protected void corrupt(Digest digest) throws IOException {
        byte[] bytes = store().read(digest, 1 << 20);
        bytes[3] ^= 1;
        try {
            overwrite(digest, bytes);
        } catch (MinioException e) {
            throw new IOException(e);
        }
    }

    @Test
    void aBlobOfSeveralPartsComesBackAndLeavesTheBufferAsItWas() throws IOException {
        byte[] content = new byte[(17 << 20) + 3];
        new Random(5).nextBytes(content);
        ByteBuffer direct = ByteBuffer.allocateDirect(content.length + 7).position(7);
        direct.put(content).position(7);
        Descriptor descriptor = store().put(direct);
        assertThat(direct.position()).isEqualTo(7);
        assertThat(store().read(descriptor.digest(), content.length)).isEqualTo(content);
        try (var tail = store().open(descriptor.digest(), 16 << 20, 11)) {
            assertThat(tail.readAllBytes()).isEqualTo(Arrays.copyOfRange(content, 16 << 20, (16 << 20) + 11));
        }
    }

    @Test
    void aStoredBlobOfAnotherLengthIsReplaced() throws Exception {
        byte[] content = "whole".getBytes(StandardCharsets.US_ASCII);
        Digest digest = store().put(ByteBuffer.wrap(content)).digest();
        overwrite(digest, "half".getBytes(StandardCharsets.US_ASCII));
        store().put(ByteBuffer.wrap(content));
        assertThat(store().read(digest, 10)).isEqualTo(content);
    }

    @Test
    void aPresignedUrlWorksWithoutCredentialsAndForThisBlobAlone() throws Exception {
        BlobStore store = store();
        byte[] content = "anyone with the URL may read this".getBytes(StandardCharsets.US_ASCII);
        Digest digest = store.put(ByteBuffer.wrap(content)).digest();
        Digest other = store.put(ByteBuffer.wrap(new byte[] {1, 2, 3})).digest();
        URI url = store.presignedUrl(digest, Duration.ofMinutes(1)).orElseThrow();

        HttpResponse<byte[]> whole = get(url, null);
        assertThat(whole.statusCode()).isEqualTo(200);
        assertThat(whole.body()).isEqualTo(content);
        HttpResponse<byte[]> part = get(url, "bytes=7-10");
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body()).asString(StandardCharsets.US_ASCII).isEqualTo("with");

        assertThat(get(URI.create(url.toString().replace(digest.hex(), other.hex())), null)
                        .statusCode())
                .isEqualTo(403);
        assertThat(get(URI.create(url.toString().replace("X-Amz-Expires=60", "X-Amz-Expires=6000")), null)
                        .statusCode())
                .isEqualTo(403);
        assertThat(get(URI.create(url.toString().replaceAll("\\?.*", "")), null).statusCode())
                .isEqualTo(403);
        assertThat(url.toString()).doesNotContain(server.secretKey());
    }

    @Test
    void aPresignedUrlExpires() throws Exception {
        BlobStore store = store();
        Digest digest = store.put(ByteBuffer.wrap(new byte[] {9})).digest();
        URI url = store.presignedUrl(digest, Duration.ofSeconds(1)).orElseThrow();
        // The server's clock decides, in whole seconds.
        long until = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (get(url, null).statusCode() != 403) {
            assertThat(System.nanoTime() - until).as("it still works").isNegative();
            Thread.sleep(200);
        }
    }

    @Test
    void presignedUrlsNameThePublicEndpoint() throws Exception {
        BlobStoreSettings inside = server.settings(BUCKET);
        URI outside = URI.create("http://localhost:" + server.endpoint().getPort());
        BlobStore store = BlobStores.open(new BlobStoreSettings(
                "s3",
                null,
                inside.endpoint(),
                outside,
                BUCKET,
                inside.accessKey(),
                inside.secretKey(),
                inside.region()));
        Digest digest = store.put(ByteBuffer.wrap(new byte[] {4, 2})).digest();
        URI url = store.presignedUrl(digest, Duration.ofMinutes(1)).orElseThrow();
        assertThat(url.getHost()).isEqualTo("localhost");
        assertThat(get(url, null).body()).containsExactly(4, 2);
    }

    @Test
    void aWrongSecretIsDeniedByNameButNeverTold() throws IOException {
        BlobStore store = BlobStores.open(new BlobStoreSettings(
                "s3", null, server.endpoint(), null, BUCKET, server.accessKey(), "not-the-secret", null));
        assertThatThrownBy(() -> store.put(ByteBuffer.wrap(new byte[] {1, 1})))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("access denied")
                .hasMessageContaining(server.endpoint().toString())
                .hasMessageContaining(BUCKET)
                .hasMessageNotContaining("not-the-secret")
                .hasNoCause();
    }

    @Test
    void aServerThatIsNotThereIsNamed() throws IOException {
        // A port that is held, so that nobody else gets it, and at which nobody listens.
        try (Socket held = new Socket()) {
            held.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            URI nowhere = URI.create("http://127.0.0.1:" + held.getLocalPort());
            BlobStore store = BlobStores.open(
                    new BlobStoreSettings("s3", null, nowhere, null, BUCKET, "key", "the-secret", null));
            assertThatThrownBy(() -> store.sizeBytes(Digest.of(new byte[0])))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("cannot be reached")
                    .hasMessageContaining(nowhere.toString())
                    .hasMessageContaining(BUCKET)
                    .hasMessageNotContaining("the-secret");
        }
    }

    @Test
    void aBucketThatVanishedIsSaidToBeMissing() throws Exception {
        BlobStore store = BlobStores.open(server.settings("short-lived"));
        assertThat(store.sizeBytes(Digest.of(new byte[] {5}))).isEmpty();
        client().removeBucket(RemoveBucketArgs.builder().bucket("short-lived").build());
        assertThatThrownBy(() -> store.put(ByteBuffer.wrap(new byte[] {5})))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("the bucket is missing")
                .hasMessageContaining("short-lived");
    }

    private static MinioClient client() {
        return MinioClient.builder()
                .endpoint(server.endpoint().toString())
                .credentials(server.accessKey(), server.secretKey())
                .build();
    }

    private static void overwrite(Digest digest, byte[] bytes) throws MinioException {
        client().putObject(PutObjectArgs.builder()
                .bucket(BUCKET)
                .object("blobs/sha256/%s/%s".formatted(digest.hex().substring(0, 2), digest.hex()))
                .data(bytes, bytes.length)
                .build());
    }

    private static HttpResponse<byte[]> get(URI url, @Nullable String range) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest.Builder request = HttpRequest.newBuilder(url);
            if (range != null) {
                request.header("Range", range);
            }
            return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        }
    }
}
