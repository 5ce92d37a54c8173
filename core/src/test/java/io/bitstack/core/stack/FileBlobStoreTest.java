package io.bitstack.core.stack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class FileBlobStoreTest extends BlobStoreContract {
    @TempDir
    Path directory;

    @Override
    protected BlobStore store() throws IOException {
        return new FileBlobStore(directory);
    }

    @Override
    protected void corrupt(Digest digest) throws IOException {
        Path file = directory
                .resolve(digest.hex().substring(0, 2))
                .resolve(digest.hex().substring(2));
        byte[] bytes = Files.readAllBytes(file);
        bytes[3] ^= 1;
        Files.write(file, bytes);
    }
}
