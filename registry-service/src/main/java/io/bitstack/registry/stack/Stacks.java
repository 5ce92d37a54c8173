package io.bitstack.registry.stack;

import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestException;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.registry.signing.Signing;
import io.bitstack.service.ApiException;
import jakarta.persistence.EntityManager;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.springframework.data.domain.Limit;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.databind.json.JsonMapper;

/** Takes stacks in and hands them out. */
@Service
public class Stacks {
    private final StackRepository stacks;
    private final EntityManager entities;
    private final BlobStore blobs;
    private final BlobCheck check;
    private final BlobRows rows;
    private final Signing signing;
    private final JsonMapper json;

    Stacks(
            StackRepository stacks,
            EntityManager entities,
            BlobStore blobs,
            BlobRows rows,
            Signing signing,
            JsonMapper json) {
        this.signing = signing;
        this.rows = rows;
        this.json = json;
        this.stacks = stacks;
        this.entities = entities;
        this.blobs = blobs;
        this.check = new BlobCheck(blobs);
    }

    /** A manifest that may be committed: canonical, consistent, and everything it names is in the blob store. */
    public record Checked(Digest digest, StackManifest manifest, byte[] content) {}

    /**
     * Checks a manifest and puts it into the blob store. Nothing is written to the database.
     *
     * @throws ApiException {@code MANIFEST_INVALID}, {@code BLOB_MISSING}, {@code STORAGE_FAILED}
     */
    public Checked check(byte[] content) {
        StackManifest manifest;
        try {
            manifest = ManifestJson.read(content);
        } catch (ManifestException e) {
            throw new ApiException(ErrorCode.MANIFEST_INVALID, String.valueOf(e.getMessage()), e);
        }
        if (!Arrays.equals(content, ManifestJson.write(manifest))) {
            throw new ApiException(
                    ErrorCode.MANIFEST_INVALID,
                    "the manifest is not in canonical form (UTF-8, members sorted, no white space); write it so and"
                            + " publish again");
        }
        check.requireAll(blobsOf(manifest));
        try {
            return new Checked(blobs.put(ByteBuffer.wrap(content)).digest(), manifest, content);
        } catch (IOException e) {
            throw new ApiException(ErrorCode.STORAGE_FAILED, "the manifest could not be stored: " + e.getMessage(), e);
        }
    }

    /** Writes a checked stack's rows unless they are there. To be called in the transaction that makes its version. */
    @Transactional
    public Stack commit(Checked checked) {
        rows.holdStack(checked.digest().toString());
        return stacks.findByDigest(checked.digest().toString()).orElseGet(() -> insert(checked));
    }

    /** A stack that is here, or else is committed; for those who may come twice. */
    @Transactional(readOnly = true)
    public Optional<Stack> find(Digest digest) {
        return stacks.findByDigest(digest.toString());
    }

    private Stack insert(Checked checked) {
        StackManifest manifest = checked.manifest();
        List<Descriptor> named = new ArrayList<>(blobsOf(manifest));
        named.add(new Descriptor(checked.digest(), checked.content().length));
        List<Descriptor> doubtful = rows.hold(named);
        if (!doubtful.isEmpty()) {
            // Collected since the check, or about to be: whatever is still there now can no longer be taken away.
            check.requireAll(doubtful);
        }
        Stack stack = new Stack(checked.digest(), manifest, json);
        entities.persist(stack);
        List<Descriptor> base = baseWithoutHeaders(manifest);
        for (int i = 0; i < base.size(); i++) {
            entities.persist(new BaseBlob(stack.id(), i, base.get(i).digest()));
        }
        for (int i = 0; i < manifest.matrices().size(); i++) {
            entities.persist(new WeightMatrix(stack.id(), i, manifest.matrices().get(i)));
        }
        entities.flush();
        rows.addBlocks(stack.id(), manifest.blocks());
        signing.sign(stack.id(), checked.content());
        return stack;
    }

    private static List<Descriptor> baseWithoutHeaders(StackManifest manifest) {
        List<Descriptor> base = new ArrayList<>();
        manifest.files().forEach(file -> base.add(new Descriptor(file.digest(), file.sizeBytes())));
        base.add(manifest.tensors());
        manifest.inputs().forEach(input -> base.add(new Descriptor(input.digest(), input.sizeBytes())));
        return base;
    }

    /** Every blob that a manifest names, once. */
    public static List<Descriptor> blobsOf(StackManifest manifest) {
        return Stream.of(
                        baseWithoutHeaders(manifest).stream(),
                        manifest.matrices().stream().map(m -> new Descriptor(m.digest(), m.sizeBytes())),
                        manifest.blocks().stream().map(b -> new Descriptor(b.digest(), b.sizeBytes())))
                .flatMap(all -> all)
                .distinct()
                .toList();
    }

    /** @throws ApiException {@code STACK_NOT_FOUND} */
    @Transactional(readOnly = true)
    public Stack require(Digest digest) {
        return stacks.findByDigest(digest.toString()).orElseThrow(() -> notFound(digest));
    }

    /** Whether a stack names a blob, in its base or its blocks. */
    @Transactional(readOnly = true)
    public boolean names(Stack stack, Digest blob) {
        return rows.isNamed(stack.id(), blob.toString());
    }

    /** The manifest's exact bytes, verified. @throws ApiException {@code STACK_NOT_FOUND}, {@code STORAGE_FAILED} */
    public byte[] manifest(Digest digest) {
        require(digest);
        try {
            return blobs.read(digest, ManifestJson.LARGEST_BYTES);
        } catch (IOException e) {
            throw new ApiException(
                    ErrorCode.STORAGE_FAILED,
                    "the manifest of stack %s could not be read: %s".formatted(digest, e.getMessage()),
                    e);
        }
    }

    /** Keeps a stack from being collected until the transaction ends. @throws ApiException {@code STACK_NOT_FOUND} if it was */
    @Transactional(propagation = Propagation.MANDATORY)
    public void hold(Digest digest) {
        if (!rows.holdStack(digest.toString())) {
            throw notFound(digest);
        }
    }

    private static ApiException notFound(Digest digest) {
        return new ApiException(ErrorCode.STACK_NOT_FOUND, "there is no stack " + digest);
    }

    /** Signs a stack's manifest with the key that is active now. @throws ApiException {@code STACK_NOT_FOUND}, {@code STORAGE_FAILED} */
    @Transactional
    List<Signing.SignatureView> sign(Digest digest, String principal) {
        hold(digest);
        signing.signAgain(require(digest).id(), manifest(digest), digest, principal);
        return signing.signatures(digest);
    }

    @Transactional(readOnly = true)
    List<ResidualBlock> blocks(Digest digest, int from, int limit) {
        return stacks.blocks(require(digest).id(), from, Limit.of(limit));
    }
}
