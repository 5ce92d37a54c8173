package io.bitstack.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.registry.RegistryFixture.Answer;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Neighbouring blobs of a stack in one answer. */
class ContentTest {
    private static SharedRegistry registry;
    private static String path;

    @BeforeAll
    static void start() throws Exception {
        registry = SharedRegistry.get();
        registry.register("content");
        registry.publish("content", registry.stacks.manifest());
        path = "/stacks/" + registry.stacks.digest() + "/content?";
    }

    private static byte[] bytes(List<Digest> digests) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        digests.forEach(
                digest -> all.writeBytes(registry.stacks.stack().contents().get(digest)));
        return all.toByteArray();
    }

    @Test
    void sendsBlocksInStackOrder() throws Exception {
        List<Digest> blocks = registry.stacks.manifest().blocks().subList(3, 20).stream()
                .map(StackManifest.Block::digest)
                .toList();
        Answer whole = registry.http.get(path + "part=blocks&from=3&to=20");
        assertThat(whole.status()).isEqualTo(200);
        assertThat(whole.bytes()).isEqualTo(bytes(blocks));
        Answer rest = registry.http.get(path + "part=blocks&from=3&to=20", "Range", "bytes=1001-");
        assertThat(rest.status()).isEqualTo(206);
        assertThat(rest.bytes()).isEqualTo(Arrays.copyOfRange(whole.bytes(), 1001, whole.bytes().length));
    }

    @Test
    void sendsTheBaseAsTheManifestListsIt() throws Exception {
        StackManifest manifest = registry.stacks.manifest();
        List<Digest> base = Stream.of(
                        manifest.files().stream().map(StackManifest.File::digest),
                        Stream.of(manifest.tensors().digest()),
                        manifest.inputs().stream().map(StackManifest.Input::digest),
                        manifest.matrices().stream().map(StackManifest.Matrix::digest))
                .flatMap(all -> all)
                .toList();
        assertThat(registry.http
                        .get(path + "part=base&from=0&to=" + base.size())
                        .bytes())
                .isEqualTo(bytes(base));
        assertThat(registry.http.get(path + "part=base&from=2&to=5").bytes()).isEqualTo(bytes(base.subList(2, 5)));
    }

    @Test
    void refusesWhatIsNotThere() throws Exception {
        int blocks = registry.stacks.manifest().blocks().size();
        assertThat(registry.http
                        .get(path + "part=blocks&from=0&to=" + (blocks + 1))
                        .code())
                .isEqualTo("RANGE_INVALID");
        assertThat(registry.http.get(path + "part=blocks&from=5&to=5").code()).isEqualTo("REQUEST_INVALID");
        assertThat(registry.http.get(path + "part=blocks&from=0&to=30000").code())
                .isEqualTo("REQUEST_INVALID");
        assertThat(registry.http.get(path + "part=head&from=0&to=1").code()).isEqualTo("REQUEST_INVALID");
        assertThat(registry.http.get(path + "part=base&from=-1&to=1").code()).isEqualTo("REQUEST_INVALID");
        String unknown = "sha256:" + "0".repeat(64);
        assertThat(registry.http
                        .get("/stacks/" + unknown + "/content?part=base&from=0&to=1")
                        .code())
                .isEqualTo("STACK_NOT_FOUND");
    }
}
