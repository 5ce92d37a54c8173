package io.bitstack.registry;

import static io.bitstack.registry.Problem.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.stack.Digest;
import io.bitstack.registry.RegistryFixture.Answer;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Blobs are handed out whole, in parts, or not again to who has them. */
class BlobRangesTest {
    private static SharedRegistry registry;
    private static RegistryFixture http;

    @BeforeAll
    static void start() throws Exception {
        registry = SharedRegistry.get();
        http = registry.http;
    }

    @Test
    void handsOutBlobsByRange() throws Exception {
        Digest digest = registry.stacks.manifest().blocks().getFirst().digest();
        byte[] content = registry.stacks.blobs().read(digest, 1 << 20);
        Answer whole = http.get("/blobs/" + digest);
        assertThat(whole.bytes()).isEqualTo(content);
        assertThat(whole.response().headers().firstValue("ETag")).contains('"' + digest.toString() + '"');
        Answer middle = http.get("/blobs/" + digest, "Range", "bytes=10-19");
        assertThat(middle.status()).isEqualTo(206);
        assertThat(middle.bytes()).isEqualTo(Arrays.copyOfRange(content, 10, 20));
        assertThat(middle.response().headers().firstValue("Content-Range")).contains("bytes 10-19/" + content.length);
        assertThat(http.get("/blobs/" + digest, "Range", "bytes=10-").bytes())
                .isEqualTo(Arrays.copyOfRange(content, 10, content.length));
        assertThat(http.get("/blobs/" + digest, "Range", "bytes=-3").bytes())
                .isEqualTo(Arrays.copyOfRange(content, content.length - 3, content.length));
        assertProblem(http.get("/blobs/" + digest, "Range", "bytes=" + content.length + "-"), 416, "RANGE_INVALID");
        assertThat(http.get("/blobs/" + digest, "If-None-Match", '"' + digest.toString() + '"')
                        .status())
                .isEqualTo(304);
        assertProblem(http.get("/blobs/sha256:" + "0".repeat(64)), 404, "BLOB_NOT_FOUND");
    }
}
