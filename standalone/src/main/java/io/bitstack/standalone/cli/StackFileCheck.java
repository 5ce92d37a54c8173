package io.bitstack.standalone.cli;

import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackFile;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/** Reads a file once from beginning to end and compares every blob with its digest. */
final class StackFileCheck {
    private static final int BUFFER_BYTES = 1 << 16;

    private StackFileCheck() {}

    /** @param bad blobs whose bytes are others; {@code blocks} how many blocks of the stack order the file holds whole */
    record Result(StackFile file, int blocks, List<Digest> bad) {}

    static Result check(Path path) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(path), BUFFER_BYTES)) {
            StackFile file = StackFile.read(in);
            List<Digest> bad = new ArrayList<>();
            long sizeBytes = Files.size(path);
            for (StackFile.Entry entry : file.entries()) {
                if (entry.endBytes() > sizeBytes) {
                    break;
                }
                Digest expected = entry.blob().digest();
                if (!digest(in, entry.blob().sizeBytes()).equals(expected)) {
                    bad.add(expected);
                }
            }
            return new Result(file, file.blocksWithin(sizeBytes), bad);
        }
    }

    private static Digest digest(InputStream in, long sizeBytes) throws IOException {
        MessageDigest hash = Digest.newMessageDigest();
        byte[] buffer = new byte[BUFFER_BYTES];
        long left = sizeBytes;
        while (left > 0) {
            int count = in.read(buffer, 0, (int) Math.min(left, buffer.length));
            if (count < 0) {
                throw new IOException("the file became shorter while it was read");
            }
            hash.update(buffer, 0, count);
            left -= count;
        }
        return Digest.ofHash(hash.digest());
    }
}
