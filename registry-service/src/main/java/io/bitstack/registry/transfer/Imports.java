package io.bitstack.registry.transfer;

import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestException;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackFile;
import io.bitstack.core.stack.StackFileException;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.registry.stack.Stacks;
import io.bitstack.registry.version.VersionView;
import io.bitstack.registry.version.Versions;
import io.bitstack.service.ApiException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalLong;
import org.springframework.stereotype.Service;

/** Stores what files hold, each blob verified before it is kept, and publishes it. */
@Service
class Imports {
    private final BlobStore blobs;
    private final Stacks stacks;
    private final Versions versions;
    private final ImportParts parts;

    Imports(BlobStore blobs, Stacks stacks, Versions versions, ImportParts parts) {
        this.parts = parts;
        this.blobs = blobs;
        this.stacks = stacks;
        this.versions = versions;
    }

    /**
     * How far an import is.
     *
     * @param fileBytes how long the whole file is
     * @param nextOffset where the next piece begins: the first blob that is not stored, or within it where it is large; {@code fileBytes}
     *     when all are
     */
    record Progress(Digest stackDigest, long fileBytes, long nextOffset) {}

    /** @param truncated whether the file was cut and a smaller model was published: {@code blocks} of {@code ofBlocks} */
    record Imported(boolean truncated, int blocks, int ofBlocks, VersionView version) {}

    /** @throws ApiException {@code STACK_FILE_INVALID}, {@code STORAGE_FAILED} */
    Progress begin(InputStream in) throws IOException {
        StackFile file;
        try {
            file = StackFile.read(in);
        } catch (StackFileException e) {
            throw new ApiException(ErrorCode.STACK_FILE_INVALID, String.valueOf(e.getMessage()), e);
        }
        store(file.manifestBytes());
        return progress(file, 0);
    }

    /** @throws ApiException {@code IMPORT_OFFSET_INVALID}, {@code BLOB_CORRUPT}, {@code STORAGE_FAILED} */
    Progress piece(Digest digest, long offset, InputStream in) throws IOException {
        StackFile file = file(digest);
        int next = index(file.entries(), offset);
        long taken = offset - file.entries().get(next).offsetBytes();
        while (next < file.entries().size() && take(file.entries().get(next), taken, in)) {
            next++;
            taken = 0;
        }
        return progress(file, next);
    }

    /** The blob that a piece begins with: at its beginning, or where what is here of a large one ends. */
    private int index(List<StackFile.Entry> entries, long offset) {
        for (int i = 0; i < entries.size(); i++) {
            StackFile.Entry entry = entries.get(i);
            long within = offset - entry.offsetBytes();
            if (within == 0
                    || (within > 0 && offset < entry.endBytes() && parts.receivedBytes(entry.blob()) == within)) {
                return i;
            }
        }
        throw new ApiException(
                ErrorCode.IMPORT_OFFSET_INVALID,
                "no piece begins at byte %d; send the file's head again to learn where to go on".formatted(offset));
    }

    /** False when the piece ends before the blob does. */
    private boolean take(StackFile.Entry entry, long taken, InputStream in) throws IOException {
        Descriptor blob = entry.blob();
        // A piece is in memory already, so what is read of it is no larger than that.
        byte[] content = in.readNBytes((int) Math.min(blob.sizeBytes() - taken, Integer.MAX_VALUE - 8));
        boolean isWhole = content.length == blob.sizeBytes() - taken;
        try {
            if (!isWhole) {
                parts.keep(blob, taken, content);
                return false;
            }
            Digest actual = taken == 0 ? Digest.of(content) : parts.finish(blob, content);
            if (!actual.equals(blob.digest())) {
                throw new ApiException(
                        ErrorCode.BLOB_CORRUPT,
                        "the blob at byte %d should be %s and is %s; get the file again"
                                .formatted(entry.offsetBytes(), blob.digest(), actual));
            }
        } catch (IOException e) {
            throw notStored(e);
        }
        if (taken == 0) {
            store(content);
        }
        return true;
    }

    /** @throws ApiException {@code STACK_FILE_INVALID} if the file ends within the minimal prefix, {@code BLOB_MISSING} */
    Imported finish(String model, Digest digest, long fileBytes, String principal) {
        StackFile file = file(digest);
        int all = file.manifest().blocks().size();
        int blocks = file.blocksWithin(fileBytes);
        try {
            byte[] manifest = blocks == all ? file.manifestBytes() : ManifestJson.write(file.prefix(blocks));
            Versions.Published published =
                    versions.publish(model, stacks.check(manifest), Versions.Wish.NEXT, principal);
            return new Imported(blocks < all, blocks, all, VersionView.of(published.version()));
        } catch (StackFileException e) {
            throw new ApiException(ErrorCode.STACK_FILE_INVALID, String.valueOf(e.getMessage()), e);
        }
    }

    private StackFile file(Digest digest) {
        try {
            return StackFile.of(blobs.read(digest, ManifestJson.LARGEST_BYTES));
        } catch (IOException | ManifestException | IllegalArgumentException e) {
            throw new ApiException(
                    ErrorCode.IMPORT_OFFSET_INVALID,
                    "the head of the file with stack %s is not here; send it first".formatted(digest),
                    e);
        }
    }

    private Progress progress(StackFile file, int from) throws IOException {
        for (StackFile.Entry entry : file.entries().subList(from, file.entries().size())) {
            OptionalLong stored = blobs.sizeBytes(entry.blob().digest());
            if (stored.isEmpty() || stored.getAsLong() != entry.blob().sizeBytes()) {
                long here = parts.receivedBytes(entry.blob());
                return new Progress(file.digest(), file.sizeBytes(), entry.offsetBytes() + here);
            }
        }
        return new Progress(file.digest(), file.sizeBytes(), file.sizeBytes());
    }

    private void store(byte[] content) {
        try {
            blobs.put(ByteBuffer.wrap(content));
        } catch (IOException e) {
            throw notStored(e);
        }
    }

    private static ApiException notStored(IOException e) {
        return new ApiException(ErrorCode.STORAGE_FAILED, "a blob could not be stored: " + e.getMessage(), e);
    }
}
