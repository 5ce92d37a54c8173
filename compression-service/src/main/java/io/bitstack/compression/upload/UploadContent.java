package io.bitstack.compression.upload;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Keeps the bytes of uploads where every process of the service finds them. What is held is what the database says is held. */
interface UploadContent {
    /** Writes down that a piece is held, as long as the file's offset is still the piece's. */
    interface Commit {
        boolean isCurrent();

        /** @param object the piece's name in the store, where it has one */
        boolean commit(@Nullable String object);
    }

    /** Work that has to be done while nobody appends to a file. */
    interface Change {
        void make();
    }

    /**
     * Stores a piece and commits it.
     *
     * @return whether it was committed
     */
    boolean append(UUID upload, UploadFile file, byte[] piece, Commit commit) throws IOException;

    /** Throws away what is held of a file, after the change that says so is made. */
    void reset(UUID upload, String name, Change change) throws IOException;

    /** Makes an upload whose files are all held readable. */
    void finish(Upload upload) throws IOException;

    /** So many bytes of a file, which has them. */
    InputStream open(UUID upload, UploadFile file, long fromBytes, long lengthBytes) throws IOException;

    /** Whether clients may send pieces to the store themselves. */
    boolean isDirect();

    /** Where the files lie as files. */
    Optional<Path> directory(UUID upload);

    /** Bytes for which there is room; the largest number where that cannot be said. */
    long roomBytes() throws IOException;

    void delete(UUID upload) throws IOException;

    /** A place to which a client may send a piece itself, if there are such. */
    Optional<URI> urlFor(UUID upload, String name, UUID piece) throws IOException;

    /** Takes a piece that a client has sent itself. @return whether it was there in this length, and committed */
    boolean adopt(UUID upload, String name, UUID piece, long sizeBytes, Commit commit) throws IOException;
}
