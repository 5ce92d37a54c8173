package io.bitstack.inference.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bitstack.core.model.TestStack;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackFile;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose stacks a node takes, over all the ways in which keys come and go. */
class ManifestTrustTest {
    private static final String CONFIG = """
        {"architectures":["LlamaForCausalLM"],"hidden_act":"silu","hidden_size":64,"intermediate_size":96,
         "num_hidden_layers":1,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":80,
         "max_position_embeddings":128,"tie_word_embeddings":true}\
        """;

    private static final StackManifest MANIFEST =
            TestStack.random(CONFIG, Map.of("tokenizer.json", "{}")).manifest();
    private static final byte[] BYTES = ManifestJson.write(MANIFEST);
    private static final Digest STACK = Digest.of(BYTES);

    @TempDir
    Path directory;

    private final TestSigner first = new TestSigner("key-000000000001");
    private String keys = "[]";
    private String signatures = "[]";
    private boolean down;

    @BeforeEach
    void signedByTheFirst() {
        keys = "[" + first.key() + "]";
        signatures = first.signatures(BYTES);
    }

    private byte[] answer(String path) throws IOException {
        if (down) {
            throw new IOException("the gateway does not answer");
        }
        String document = switch (path) {
            case "/signing-keys" -> keys;
            default -> path.equals("/stacks/" + STACK + "/signatures") ? signatures : "[]";
        };
        return document.getBytes(StandardCharsets.UTF_8);
    }

    /** A node that has just started; it finds what an earlier one left on disk. */
    private ManifestTrust node(String... trusted) throws IOException {
        return new ManifestTrust(new TrustSettings(true, List.of(trusted)), directory, this::answer);
    }

    private static void assertRefused(ManifestTrust node, String why) {
        assertThatThrownBy(() -> node.require(STACK, MANIFEST))
                .isInstanceOf(UntrustedStackException.class)
                .hasMessageContaining(why);
    }

    @Test
    void aSignedStackIsTakenAndAnUnsignedOneIsNot() throws IOException {
        node().require(STACK, MANIFEST);
        signatures = "[]";
        assertRefused(node(), "is not signed; sign it with POST");
    }

    @Test
    void aSignatureOfOtherBytesIsNone() throws IOException {
        signatures = first.signatures("another manifest".getBytes(StandardCharsets.UTF_8));
        assertRefused(node(), "none of the 1 keys");
        signatures = "[{\"keyId\":\"key-000000000001\",\"signature\":\"no base64!\"}]";
        assertRefused(node(), "none of the 1 keys");
        signatures = first.signatures(BYTES);
        assertThatThrownBy(() -> node().require(Digest.of(new byte[1]), MANIFEST))
                .isInstanceOf(UntrustedStackException.class)
                .hasMessageContaining("is another one's");
    }

    @Test
    void whoeverTakesTheGatewayOverLaterIsNotTrusted() throws IOException {
        node().require(STACK, MANIFEST);
        TestSigner thief = new TestSigner("key-of-the-thief");
        keys = "[" + thief.key() + "]";
        signatures = thief.signatures(BYTES);
        assertRefused(node(), "signed by key-of-the-thief, and by none of the 1 keys");
        // Not even with the owner's name on it.
        TestSigner disguised = new TestSigner("key-000000000001");
        keys = "[" + disguised.key() + "]";
        signatures = disguised.signatures(BYTES);
        assertRefused(node(), "none of the 1 keys");
        Files.delete(directory.resolve("signing-keys.json"));
        node().require(STACK, MANIFEST);
    }

    @Test
    void successorsAreTrustedIfTheOlderKeyVouchesForThem() throws IOException {
        node().require(STACK, MANIFEST);
        first.state = "retired";
        TestSigner second = new TestSigner("key-000000000002", first);
        TestSigner third = new TestSigner("key-000000000003", second);
        keys = "[" + third.key() + "," + second.key() + "," + first.key() + "]";
        signatures = third.signatures(BYTES);
        node().require(STACK, MANIFEST);

        TestSigner orphan = new TestSigner("key-000000000004", new TestSigner("key-unheard-of-1"));
        keys = "[" + orphan.key() + "," + first.key() + "]";
        signatures = orphan.signatures(BYTES);
        assertRefused(node(), "none of the 3 keys");
    }

    @Test
    void revokedKeysAreTrustedNoLongerAndVouchForNobody() throws IOException {
        node().require(STACK, MANIFEST);
        first.state = "revoked";
        TestSigner second = new TestSigner("key-000000000002", first);
        keys = "[" + second.key() + "," + first.key() + "]";
        assertRefused(node(), "none of the 0 keys");
        signatures = second.signatures(BYTES);
        assertRefused(node(), "none of the 0 keys");
        first.state = "active";
        keys = "[" + first.key() + "]";
        signatures = first.signatures(BYTES);
        assertRefused(node(), "remove " + directory.resolve("signing-keys.json").toAbsolutePath());
    }

    @Test
    void keysThatWereSetAreTheOnlyOnes() throws IOException {
        TestSigner set = new TestSigner("key-that-was-set");
        ManifestTrust node = node(set.publicKey());
        assertRefused(node, "trusted-keys names whom it trusts");
        signatures = set.signatures(BYTES);
        node.require(STACK, MANIFEST);
        assertThat(directory.resolve("signing-keys.json")).doesNotExist();
        assertThatThrownBy(() -> new TrustSettings(true, List.of("bm8=")))
                .hasMessageContaining("trusted-keys")
                .hasMessageContaining("Ed25519");
    }

    @Test
    void withoutTheGatewayOnlyWhatWasSignedBeforeIsTaken() throws IOException {
        down = true;
        assertThatThrownBy(() -> node().require(STACK, MANIFEST))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("does not answer");
        down = false;
        node().require(STACK, MANIFEST);
        down = true;
        node().require(STACK, MANIFEST);
        Path kept = directory.resolve(STACK.hex() + ".json");
        Files.writeString(kept, first.signatures("another manifest".getBytes(StandardCharsets.UTF_8)));
        assertRefused(node(), "none of the 1 keys");
    }

    @Test
    void aFileBringsItsSignatureAlong() throws IOException {
        down = true;
        StackFile file = first.file(BYTES);
        ManifestTrust node = node(first.publicKey());
        node.requireFile(file, STACK);
        node.require(STACK, MANIFEST);
        StackManifest smaller = file.prefix(MANIFEST.minimalBlocks());
        node.requireFile(file, ManifestJson.digest(smaller));
        node.require(ManifestJson.digest(smaller), smaller);

        assertThatThrownBy(() -> node().requireFile(file, STACK))
                .as("nobody was ever trusted")
                .isInstanceOf(UntrustedStackException.class)
                .hasMessageContaining("none of the 0 keys");
        assertThatThrownBy(() -> node(first.publicKey()).requireFile(StackFile.of(BYTES), STACK))
                .isInstanceOf(UntrustedStackException.class)
                .hasMessageContaining("not signed");
        StackFile forged = new TestSigner("key-000000000001").file(BYTES);
        assertThatThrownBy(() -> node(first.publicKey()).requireFile(forged, STACK))
                .isInstanceOf(UntrustedStackException.class)
                .hasMessageContaining("none of the 1 keys");
    }

    @Test
    void anOperatorMayDoWithoutSignatures() throws IOException {
        signatures = "[]";
        keys = "[]";
        ManifestTrust careless = new ManifestTrust(new TrustSettings(false, List.of()), directory, this::answer);
        assertThatCode(() -> careless.require(STACK, MANIFEST)).doesNotThrowAnyException();
        assertThat(directory).isEmptyDirectory();
    }
}
