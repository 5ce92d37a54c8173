package io.bitstack.core.stack;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A stack as one file, {@code .bitstack}: a head, the manifest's exact bytes, its signature, then each blob once, the base first and
 * the blocks in stack order. Cut off anywhere after the minimal prefix it is a smaller model. docs/FORMAT.md is the normative text.
 */
public final class StackFile {
    /** Eight bytes that no text begins with. */
    private static final byte[] MAGIC = "\u0089BITSTK1".getBytes(StandardCharsets.ISO_8859_1);

    /** Magic and the manifest's length. */
    public static final int HEAD_BYTES = 16;

    /** The key's name and the signature; zeros where there is none. */
    private static final int KEY_ID_BYTES = 16;

    private static final int SIGNATURE_BYTES = 64;

    private final byte[] manifestBytes;
    private final @Nullable FileSignature signature;
    private final StackManifest manifest;
    private final Digest digest;
    private final List<Entry> entries;

    /**
     * A blob at its place.
     *
     * @param blocks how many blocks of the stack order are whole when this blob is
     */
    public record Entry(long offsetBytes, Descriptor blob, int blocks) {
        public long endBytes() {
            return offsetBytes + blob.sizeBytes();
        }
    }

    /**
     * Who signed the manifest.
     *
     * @param keyId 16 characters of ASCII
     */
    public record FileSignature(String keyId, byte[] signature) {
        public FileSignature {
            if (keyId.length() != KEY_ID_BYTES || signature.length != SIGNATURE_BYTES) {
                throw new StackFileException("a signature has 64 bytes, and its key a name of 16 characters");
            }
        }
    }

    private StackFile(byte[] manifestBytes, @Nullable FileSignature signature) {
        this.signature = signature;
        this.manifestBytes = manifestBytes.clone();
        this.manifest = ManifestJson.read(manifestBytes);
        this.digest = Digest.of(manifestBytes);
        this.entries = layOut();
    }

    /** @throws ManifestException if it is not a manifest */
    public static StackFile of(byte[] manifestBytes) {
        return new StackFile(manifestBytes, null);
    }

    /** @throws ManifestException if it is not a manifest */
    public static StackFile of(byte[] manifestBytes, @Nullable FileSignature signature) {
        return new StackFile(manifestBytes, signature);
    }

    /**
     * Reads head and manifest from the beginning of a file; the stream then stands at the first blob.
     *
     * @throws StackFileException if it is not such a file, or ends before its manifest does
     */
    public static StackFile read(InputStream in) throws IOException {
        byte[] head = new byte[HEAD_BYTES];
        try {
            DataInputStream data = new DataInputStream(in);
            data.readFully(head);
            if (!Arrays.equals(head, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
                throw new StackFileException("this is not a .bitstack file: it does not begin as one");
            }
            long length = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getLong(MAGIC.length);
            if (length < 2 || length > ManifestJson.LARGEST_BYTES) {
                throw new StackFileException("the manifest cannot have %d bytes".formatted(length));
            }
            byte[] manifest = data.readNBytes((int) length);
            if (manifest.length < length) {
                throw new EOFException();
            }
            byte[] keyId = new byte[KEY_ID_BYTES];
            data.readFully(keyId);
            byte[] signature = new byte[SIGNATURE_BYTES];
            data.readFully(signature);
            return new StackFile(manifest, signature(keyId, signature));
        } catch (EOFException e) {
            throw new StackFileException("the file ends before its manifest does; get it again");
        } catch (ManifestException e) {
            throw new StackFileException("the file's manifest is not one: " + e.getMessage());
        }
    }

    private static @Nullable FileSignature signature(byte[] keyId, byte[] signature) {
        if (Arrays.equals(keyId, new byte[KEY_ID_BYTES])) {
            if (!Arrays.equals(signature, new byte[SIGNATURE_BYTES])) {
                throw new StackFileException("the file has a signature without the name of its key");
            }
            return null;
        }
        for (byte character : keyId) {
            if (character <= ' ' || character > '~') {
                throw new StackFileException("the name of the file's signing key has other than visible characters");
            }
        }
        return new FileSignature(new String(keyId, StandardCharsets.US_ASCII), signature);
    }

    private List<Entry> layOut() {
        List<Descriptor> base = new ArrayList<>();
        manifest.files().forEach(file -> base.add(new Descriptor(file.digest(), file.sizeBytes())));
        base.add(manifest.tensors());
        manifest.inputs().forEach(input -> base.add(new Descriptor(input.digest(), input.sizeBytes())));
        manifest.matrices().forEach(matrix -> base.add(new Descriptor(matrix.digest(), matrix.sizeBytes())));
        List<Entry> laidOut = new ArrayList<>();
        Map<Digest, Long> seen = new HashMap<>();
        long offset = headBytes();
        for (Descriptor blob : base) {
            if (isNew(blob, seen)) {
                laidOut.add(new Entry(offset, blob, 0));
                offset += blob.sizeBytes();
            }
        }
        for (int k = 0; k < manifest.blocks().size(); k++) {
            StackManifest.Block block = manifest.blocks().get(k);
            Descriptor blob = new Descriptor(block.digest(), block.sizeBytes());
            if (isNew(blob, seen)) {
                laidOut.add(new Entry(offset, blob, k + 1));
                offset += blob.sizeBytes();
            }
        }
        return List.copyOf(laidOut);
    }

    private static boolean isNew(Descriptor blob, Map<Digest, Long> seen) {
        Long before = seen.putIfAbsent(blob.digest(), blob.sizeBytes());
        if (before != null && before != blob.sizeBytes()) {
            throw new StackFileException("the manifest says that blob %s has %d bytes in one place and %d in another"
                    .formatted(blob.digest(), before, blob.sizeBytes()));
        }
        return before == null;
    }

    public Digest digest() {
        return digest;
    }

    public StackManifest manifest() {
        return manifest;
    }

    /** The manifest's exact bytes. */
    public byte[] manifestBytes() {
        return manifestBytes.clone();
    }

    /** All blobs in the order in which they stand in the file. */
    public List<Entry> entries() {
        return entries;
    }

    /** Bytes before the first blob. */
    public long headBytes() {
        return (long) HEAD_BYTES + manifestBytes.length + KEY_ID_BYTES + SIGNATURE_BYTES;
    }

    /** Who signed the manifest; null where nobody did. It is not verified by being read. */
    public @Nullable FileSignature signature() {
        return signature;
    }

    /** All before the first blob. */
    public byte[] head() {
        ByteBuffer head = ByteBuffer.allocate(Math.toIntExact(headBytes()))
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(MAGIC)
                .putLong(manifestBytes.length)
                .put(manifestBytes);
        if (signature != null) {
            head.put(signature.keyId().getBytes(StandardCharsets.US_ASCII)).put(signature.signature());
        }
        return head.array();
    }

    /** How long the file is, or would be if it were not cut. */
    public long sizeBytes() {
        return entries.isEmpty() ? headBytes() : entries.getLast().endBytes();
    }

    /** How long a file of the first k blocks is. */
    public long sizeBytes(int blocks) {
        long end = headBytes();
        for (Entry entry : entries) {
            if (entry.blocks() <= blocks) {
                end = entry.endBytes();
            }
        }
        return end;
    }

    /** The longest prefix that is whole in the first bytes of the file; 0 while the base is not. */
    public int blocksWithin(long fileBytes) {
        Set<Digest> missing = new HashSet<>();
        for (Entry entry : entries) {
            if (entry.endBytes() > fileBytes) {
                if (entry.blocks() == 0) {
                    return 0;
                }
                missing.add(entry.blob().digest());
            }
        }
        int k = 0;
        while (k < manifest.blocks().size()
                && !missing.contains(manifest.blocks().get(k).digest())) {
            k++;
        }
        return k;
    }

    /**
     * The manifest of the first k blocks as a stack of its own; it is this stack's where k is all of them.
     *
     * @throws StackFileException if k is below the minimal prefix
     */
    public StackManifest prefix(int blocks) {
        return StackPrefix.of(manifest, digest, blocks);
    }
}
