package io.bitstack.inference.pull;

import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackFile;
import io.bitstack.core.stack.StackFileException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.springframework.stereotype.Component;

/** Brings a {@code .bitstack} file into the cache, every blob verified, for a node that nobody sends anything. */
@Component
public class StackFileImport {
    /** Decides whether a file may be used, before anything of it is kept. */
    public interface Guard {
        /**
         * Comes back if it may.
         *
         * @param used the name of the stack that is made of the file
         */
        void require(StackFile file, Digest used) throws IOException;
    }

    private final Puller puller;

    StackFileImport(Puller puller) {
        this.puller = puller;
    }

    /**
     * Imports what is whole of a file.
     *
     * @return the stack's name; that of a smaller one where the file was cut off
     * @throws StackFileException if it is no such file, or less than the smallest model
     * @throws IOException if the guard refuses it, it cannot be read, holds other bytes than it names, or the cache has no room
     */
    public Digest importFile(Path path, Guard guard) throws IOException {
        long fileBytes = Files.size(path);
        try (InputStream in = new BufferedInputStream(Files.newInputStream(path), 1 << 20)) {
            StackFile file = StackFile.read(in);
            int blocks = file.blocksWithin(fileBytes);
            if (blocks < file.manifest().minimalBlocks()) {
                throw new StackFileException(
                        "%s holds %d whole blocks, and the smallest model has %d; get more of the file"
                                .formatted(path, blocks, file.manifest().minimalBlocks()));
            }
            boolean whole = blocks == file.manifest().blocks().size();
            byte[] bytes = whole ? file.manifestBytes() : ManifestJson.write(file.prefix(blocks));
            Digest digest = Digest.of(bytes);
            guard.require(file, digest);
            for (StackFile.Entry entry : file.entries()) {
                if (entry.blocks() <= blocks) {
                    puller.take(entry.blob(), in);
                }
            }
            puller.takeManifest(digest, bytes);
            return digest;
        }
    }
}
