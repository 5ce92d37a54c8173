package io.bitstack.inference.trust;

import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackFile;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Refuses stacks that nobody signed whom the node trusts. Each stack is looked at once in a process's life; the signature that was
 * found good is kept beside the cache, so that a node that restarts without its gateway goes on with what it has.
 */
public final class ManifestTrust {
    private static final Logger LOG = LoggerFactory.getLogger(ManifestTrust.class);

    private final TrustSettings settings;
    private final SigningDirectory directory;
    private final KeptFiles files;
    private final TrustedKeys trusted;
    private final JsonMapper json = JsonMapper.shared();
    private final Set<Digest> approved = ConcurrentHashMap.newKeySet();

    ManifestTrust(TrustSettings settings, Path kept, SigningDirectory directory) throws IOException {
        this.settings = settings;
        this.directory = directory;
        this.files = new KeptFiles(kept);
        this.trusted = new TrustedKeys(files, json);
    }

    /**
     * Comes back if the stack may be used.
     *
     * @throws UntrustedStackException if it may not
     * @throws IOException if that could not be found out
     */
    public void require(Digest stack, StackManifest manifest) throws IOException {
        if (approved.contains(stack)) {
            return;
        }
        if (!settings.required()) {
            LOG.warn("stack {} is used whoever signed it: bitstack.node.signatures.required is false", stack);
        } else {
            byte[] content = ManifestJson.write(manifest);
            if (!Digest.of(content).equals(stack)) {
                throw new UntrustedStackException("the manifest of stack %s is another one's".formatted(stack));
            }
            check(stack, content);
        }
        approved.add(stack);
    }

    /**
     * The same for a file that somebody carried here, which brings its signature along; nobody is asked. A file that was cut is signed
     * as a whole, and what is left of it is vouched for with it.
     *
     * @param used the name of the stack that is made of the file: its own, or the smaller one's
     * @throws UntrustedStackException if it may not be used
     */
    public void requireFile(StackFile file, Digest used) throws IOException {
        if (settings.required()) {
            StackFile.FileSignature signature = file.signature();
            if (signature == null) {
                throw new UntrustedStackException(
                        "the file of stack %s is not signed; export it from a registry that signs, or set bitstack.node.signatures.required to false"
                                .formatted(file.digest()));
            }
            Collection<String> keys = keys();
            if (!new ListedSignature(signature.keyId(), Base64.getEncoder().encodeToString(signature.signature()))
                    .isOf(file.manifestBytes(), keys)) {
                throw new UntrustedStackException(
                        "the file of stack %s is signed by %s, and by none of the %d keys that this node trusts; if that is right, add its key to bitstack.node.signatures.trusted-keys"
                                .formatted(file.digest(), signature.keyId(), keys.size()));
            }
        }
        approved.add(used);
    }

    private Collection<String> keys() throws IOException {
        return settings.trustedKeys().isEmpty() ? trusted.keys() : settings.trustedKeys();
    }

    private void check(Digest stack, byte[] manifest) throws IOException {
        String kept = stack.hex() + ".json";
        List<ListedSignature> signatures;
        try {
            if (settings.trustedKeys().isEmpty()) {
                trusted.learn(List.of(read("/signing-keys", ListedKey[].class)));
            }
            signatures = List.of(read("/stacks/" + stack + "/signatures", ListedSignature[].class));
        } catch (IOException e) {
            byte[] before = files.read(kept).orElseThrow(() -> e);
            LOG.info(
                    "stack {}: the gateway does not answer, the signature of before counts: {}", stack, e.getMessage());
            signatures = List.of(json.readValue(before, ListedSignature[].class));
        }
        Collection<String> keys = keys();
        ListedSignature good = signatures.stream()
                .filter(signature -> signature.isOf(manifest, keys))
                .findFirst()
                .orElse(null);
        if (good == null) {
            throw new UntrustedStackException(refusal(stack, signatures, keys));
        }
        files.write(kept, json.writeValueAsBytes(List.of(good)));
        LOG.info("stack {} is signed by key {}", stack, good.keyId());
    }

    private String refusal(Digest stack, List<ListedSignature> signatures, Collection<String> keys) {
        if (signatures.isEmpty()) {
            return "stack %s is not signed; sign it with POST /api/v1/stacks/%s/signatures, or set bitstack.node.signatures.required to false"
                    .formatted(stack, stack);
        }
        String ids = signatures.stream().map(ListedSignature::keyId).collect(Collectors.joining(", "));
        String whom = settings.trustedKeys().isEmpty()
                ? "add the key to bitstack.node.signatures.trusted-keys, or remove %s to trust the keys that the gateway lists now"
                        .formatted(trusted.place())
                : "bitstack.node.signatures.trusted-keys names whom it trusts";
        return "stack %s is signed by %s, and by none of the %d keys that this node trusts; if that is right, %s"
                .formatted(stack, ids, keys.size(), whom);
    }

    private <T> T read(String path, Class<T> type) throws IOException {
        try {
            return json.readValue(directory.get(path), type);
        } catch (JacksonException e) {
            throw new IOException("%s is not what it should be: %s".formatted(path, e.getOriginalMessage()), e);
        }
    }
}
