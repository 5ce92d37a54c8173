package io.bitstack.registry;

import static io.bitstack.registry.Problem.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.ManifestSignature;
import io.bitstack.core.stack.StackFile;
import io.bitstack.registry.RegistryFixture.Answer;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Stacks leave one registry as a file and arrive in another one; and their signatures. */
class TransferTest {
    @TempDir
    static Path directory;

    private static SharedRegistry from;
    private static RegistryFixture to;
    private static byte[] whole;
    private static StackFile file;

    @BeforeAll
    static void start() throws Exception {
        from = SharedRegistry.get();
        from.register("exported");
        String digest = from.publish("exported", from.stacks.withTool("exported"))
                .body()
                .path("stackDigest")
                .asString();
        whole = from.http.get("/stacks/" + digest + "/export").bytes();
        file = StackFile.read(new ByteArrayInputStream(whole));
        to = new RegistryFixture(directory);
    }

    @AfterAll
    static void stop() throws Exception {
        to.close();
    }

    private static Answer begin(byte[] head) throws Exception {
        return to.send("POST", "/imports", head);
    }

    private static Answer piece(long offset, byte[] bytes) throws Exception {
        return to.send("PUT", "/imports/%s?offset=%d".formatted(file.digest(), offset), bytes);
    }

    private static Answer finish(String model, long fileBytes) throws Exception {
        return to.post(
                "/models/%s/imports".formatted(model),
                "{\"stackDigest\":\"%s\",\"fileBytes\":%d}".formatted(file.digest(), fileBytes));
    }

    @Test
    void exportsWholeByRangeAndByBlocks() throws Exception {
        String export = "/stacks/" + file.digest() + "/export";
        assertThat((long) whole.length).isEqualTo(file.sizeBytes());
        for (StackFile.Entry entry : file.entries()) {
            assertThat(Digest.of(Arrays.copyOfRange(whole, (int) entry.offsetBytes(), (int) entry.endBytes())))
                    .isEqualTo(entry.blob().digest());
        }
        Answer rest = from.http.get(export, "Range", "bytes=1000-");
        assertThat(rest.status()).isEqualTo(206);
        assertThat(rest.bytes()).isEqualTo(Arrays.copyOfRange(whole, 1000, whole.length));
        int minimal = file.manifest().minimalBlocks();
        byte[] smallest = from.http.get(export + "?blocks=" + minimal).bytes();
        assertThat(smallest).isEqualTo(Arrays.copyOf(whole, smallest.length));
        assertThat(file.blocksWithin(smallest.length)).isEqualTo(minimal);
        assertProblem(from.http.get(export + "?blocks=" + (minimal - 1)), 422, "STACK_FILE_INVALID");
        assertProblem(from.http.get(export, "Range", "bytes=" + whole.length + "-"), 416, "RANGE_INVALID");
    }

    @Test
    void importsACutFileAsTheSmallerModelAndThenTheRest() throws Exception {
        to.post("/models", "{\"name\":\"arrived\"}");
        assertProblem(piece(0, whole), 409, "IMPORT_OFFSET_INVALID");
        assertProblem(begin(Arrays.copyOf(whole, 100)), 422, "STACK_FILE_INVALID");
        assertProblem(begin("hello".getBytes(StandardCharsets.UTF_8)), 422, "STACK_FILE_INVALID");
        JsonNode begun = begin(file.head()).body();
        assertThat(begun.path("nextOffset").asLong()).as(begun.toString()).isEqualTo(file.headBytes());
        assertProblem(finish("arrived", file.headBytes() + 10), 422, "STACK_FILE_INVALID");
        assertProblem(finish("arrived", whole.length), 422, "BLOB_MISSING");

        int blocks = file.manifest().minimalBlocks() + 3;
        int cut = (int) file.sizeBytes(blocks) + 5;
        int half = (int) file.headBytes() + 3000;
        long next = piece(file.headBytes(), Arrays.copyOfRange(whole, (int) file.headBytes(), half))
                .body()
                .path("nextOffset")
                .asLong();
        assertThat(next).isGreaterThan(file.headBytes()).isLessThanOrEqualTo(half);
        byte[] spoiled = Arrays.copyOfRange(whole, (int) next, cut);
        spoiled[0] ^= 1;
        assertProblem(piece(next, spoiled), 422, "BLOB_CORRUPT");
        assertProblem(piece(next + 1, spoiled), 409, "IMPORT_OFFSET_INVALID");
        assertThat(begin(file.head()).body().path("nextOffset").asLong())
                .as("resumes")
                .isEqualTo(next);
        piece(next, Arrays.copyOfRange(whole, (int) next, cut));

        JsonNode smaller = finish("arrived", cut).body();
        assertThat(smaller.path("truncated").asBoolean()).as(smaller.toString()).isTrue();
        assertThat(smaller.path("blocks").asInt()).isEqualTo(blocks);
        assertThat(smaller.path("ofBlocks").asInt())
                .isEqualTo(file.manifest().blocks().size());
        assertThat(smaller.path("version").path("blocks").asInt()).isEqualTo(blocks);
        assertThat(smaller.path("version").path("stackDigest").asString())
                .isEqualTo(ManifestJson.digest(file.prefix(blocks)).toString());

        long missing = begin(file.head()).body().path("nextOffset").asLong();
        JsonNode done = piece(missing, Arrays.copyOfRange(whole, (int) missing, whole.length))
                .body();
        assertThat(done.path("nextOffset").asLong()).isEqualTo(whole.length);
        JsonNode all = finish("arrived", whole.length).body();
        assertThat(all.path("truncated").asBoolean(true)).as(all.toString()).isFalse();
        assertThat(all.path("version").path("stackDigest").asString())
                .isEqualTo(file.digest().toString());
        byte[] back = to.get("/stacks/" + file.digest() + "/export").bytes();
        assertThat(back.length).isEqualTo(whole.length);
        int blobs = (int) file.headBytes();
        assertThat(Arrays.copyOfRange(back, blobs, back.length))
                .as("all but the signature, which is of the other registry")
                .isEqualTo(Arrays.copyOfRange(whole, blobs, whole.length));
    }

    @Test
    void aBlobThatIsLargerThanAPieceArrivesInParts() throws Exception {
        to.post("/models", "{\"name\":\"large\"}");
        byte[] large = new byte[(64 << 20) + 12_345]; // more than any request may hold
        new Random(64).nextBytes(large);
        Descriptor stored = from.stacks.blobs().put(ByteBuffer.wrap(large));
        StackFile own = StackFile.of(ManifestJson.write(from.stacks.withFile("large.bin", stored)));
        StackFile.Entry entry = own.entries().stream()
                .filter(one -> one.blob().equals(stored))
                .findFirst()
                .orElseThrow();
        String pieces = "/imports/" + own.digest() + "?offset=";
        long next = nextOffset(to.send("POST", "/imports", own.head()));
        while (next < own.sizeBytes()) {
            int length = (int) Math.min(30 << 20, own.sizeBytes() - next);
            long offset = next;
            next = nextOffset(to.send("PUT", pieces + offset, bytes(own, offset, length)));
            assertThat(next).as("goes on after %d", offset).isGreaterThan(offset);
            if (next > entry.offsetBytes() && next < entry.endBytes()) {
                assertThat(nextOffset(to.send("POST", "/imports", own.head())))
                        .as("resumes within the blob")
                        .isEqualTo(next);
                assertProblem(to.send("PUT", pieces + (next - 1), new byte[10]), 409, "IMPORT_OFFSET_INVALID");
            }
        }
        Answer done = to.post(
                "/models/large/imports",
                "{\"stackDigest\":\"%s\",\"fileBytes\":%d}".formatted(own.digest(), own.sizeBytes()));
        assertThat(done.status()).as(done.body().toString()).isEqualTo(201);
        assertThat(Digest.of(to.get("/blobs/" + stored.digest()).bytes())).isEqualTo(stored.digest());
        assertThat(to.count("import_parts")).isZero();
    }

    @Test
    void partsOfAnotherBlobAreThrownAway() throws Exception {
        byte[] large = new byte[6 << 20];
        new Random(6).nextBytes(large);
        Descriptor stored = from.stacks.blobs().put(ByteBuffer.wrap(large));
        StackFile own = StackFile.of(ManifestJson.write(from.stacks.withFile("spoiled.bin", stored)));
        String pieces = "/imports/" + own.digest() + "?offset=";
        long offset = nextOffset(to.send("POST", "/imports", own.head()));
        assertThat(own.entries().getFirst()).isEqualTo(new StackFile.Entry(offset, stored, 0));
        assertThat(nextOffset(to.send("PUT", pieces + offset, bytes(own, offset, 1000))))
                .as("too little to be kept")
                .isEqualTo(offset);
        byte[] spoiled = bytes(own, offset, 4 << 20);
        spoiled[1234] ^= 1;
        long half = nextOffset(to.send("PUT", pieces + offset, spoiled));
        assertThat(half).isEqualTo(offset + spoiled.length);
        assertProblem(to.send("PUT", pieces + half, bytes(own, half, 2 << 20)), 422, "BLOB_CORRUPT");
        assertThat(to.get("/blobs/" + stored.digest()).status()).isEqualTo(404);
        assertThat(nextOffset(to.send("POST", "/imports", own.head())))
                .as("the blob anew")
                .isEqualTo(offset);
        long whole = nextOffset(to.send("PUT", pieces + offset, bytes(own, offset, 4 << 20)));
        assertThat(nextOffset(to.send("PUT", pieces + whole, bytes(own, whole, 2 << 20))))
                .isGreaterThanOrEqualTo(offset + large.length);
        assertThat(to.get("/blobs/" + stored.digest()).bytes()).isEqualTo(large);
    }

    private static long nextOffset(Answer answer) {
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
        return answer.body().path("nextOffset").asLong();
    }

    /** Bytes of a stack's file, as the exporting registry sends them. */
    private static byte[] bytes(StackFile own, long fromByte, int length) throws Exception {
        byte[] all = new byte[length];
        for (StackFile.Entry entry : own.entries()) {
            long begin = Math.max(fromByte, entry.offsetBytes());
            long end = Math.min(fromByte + length, entry.endBytes());
            if (begin < end) {
                try (InputStream in =
                        from.stacks.blobs().open(entry.blob().digest(), begin - entry.offsetBytes(), end - begin)) {
                    in.readNBytes(all, (int) (begin - fromByte), (int) (end - begin));
                }
            }
        }
        return all;
    }

    @Test
    void signsManifestsAndChangesKeys() throws Exception {
        String signatures = "/stacks/" + file.digest() + "/signatures";
        JsonNode first = from.http.get(signatures).body().get(0);
        PublicKey key = ManifestSignature.publicKey(first.path("publicKey").asString());
        byte[] signature = Base64.getDecoder().decode(first.path("signature").asString());
        assertThat(ManifestSignature.verify(file.manifestBytes(), signature, key))
                .isTrue();
        byte[] changed = file.manifestBytes();
        changed[changed.length - 3] ^= 1;
        assertThat(ManifestSignature.verify(changed, signature, key)).isFalse();

        JsonNode made = from.http.post("/signing-keys", "").body();
        assertThat(made.path("state").asString()).as(made.toString()).isEqualTo("active");
        assertThat(from.http.get(signatures).body().size())
                .as("the older signature is still good")
                .isEqualTo(1);
        assertThat(from.http.post(signatures, "").body().size()).isEqualTo(2);
        String old = first.path("keyId").asString();
        assertThat(from.http.send("DELETE", "/signing-keys/" + old, "").status())
                .isEqualTo(204);
        JsonNode left = from.http.get(signatures).body();
        assertThat(left.size()).isEqualTo(1);
        assertThat(left.get(0).path("keyId").asString())
                .isEqualTo(made.path("id").asString());
        assertThat(from.http.get("/signing-keys").body().toString())
                .contains("revoked")
                .doesNotContain("private");
        assertProblem(from.http.send("DELETE", "/signing-keys/none", ""), 404, "SIGNING_KEY_NOT_FOUND");
        assertThat(from.http.query("select count(*) from registry.signing_keys where state = 'active'"))
                .isEqualTo("1");
    }
}
