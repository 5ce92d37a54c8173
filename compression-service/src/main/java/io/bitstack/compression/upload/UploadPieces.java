package io.bitstack.compression.upload;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** Takes the bytes of uploads, piece after piece of each file. A piece is held whole, or not at all. */
@Service
class UploadPieces {
    private final Uploads uploads;
    private final UploadRepository repository;
    private final UploadContent content;
    private final UploadSettings settings;
    private final TransactionTemplate transaction;
    private final Semaphore places;

    UploadPieces(
            Uploads uploads,
            UploadRepository repository,
            UploadContent content,
            UploadSettings settings,
            TransactionTemplate transaction) {
        this.uploads = uploads;
        this.repository = repository;
        this.content = content;
        this.settings = settings;
        this.transaction = transaction;
        this.places = new Semaphore(settings.maxPiecesAtOnce());
    }

    /**
     * Appends a piece.
     *
     * @param digest what the piece has to be, if the client says so
     * @return the file's length now
     * @throws OffsetDiffersException if the file goes on elsewhere
     */
    long append(UUID id, String name, long offsetBytes, InputStream body, @Nullable ContentDigest digest)
            throws IOException {
        UploadFile file = expected(id, name, offsetBytes);
        if (!places.tryAcquire()) {
            throw new CompressionException(
                    ErrorCode.TOO_MANY_UPLOADS,
                    "%d pieces are being taken; send this one again in a moment".formatted(settings.maxPiecesAtOnce()));
        }
        try {
            byte[] piece = read(body, file);
            if (digest != null) {
                digest.require(piece, name);
            }
            if (piece.length == 0) {
                return offsetBytes;
            }
            return held(id, file, piece.length, () -> content.append(id, file, piece, commit(id, file, piece.length)));
        } finally {
            places.release();
        }
    }

    private byte[] read(InputStream body, UploadFile file) throws IOException {
        int most = (int) Math.min(settings.maxPieceBytes(), file.missingBytes());
        byte[] piece = body.readNBytes(most + 1);
        if (piece.length > most) {
            throw new CompressionException(
                    ErrorCode.UPLOAD_TOO_LARGE,
                    most < settings.maxPieceBytes()
                            ? "'%s' was declared with %d bytes and is missing only %d; declare it anew if it has grown"
                                    .formatted(file.name(), file.sizeBytes(), file.missingBytes())
                            : "a piece has at most %d bytes; send smaller ones".formatted(most));
        }
        return piece;
    }

    /** A place for the next piece of a file, which the client sends there itself. */
    URI urlFor(UUID id, String name, UUID piece, long offsetBytes, long sizeBytes) {
        UploadFile file = expected(id, name, offsetBytes);
        requireDirectSize(file, sizeBytes);
        return Uploads.translating(() -> content.urlFor(id, name, piece))
                .orElseThrow(() -> new CompressionException(
                        ErrorCode.UPLOAD_NOT_DIRECT,
                        "this store takes no pieces itself; send them with PATCH to the file's own route"));
    }

    /** Takes a piece that was sent to its place. @return the file's length now */
    long adopt(UUID id, String name, UUID piece, long offsetBytes, long sizeBytes) {
        UploadFile file = expected(id, name, offsetBytes);
        requireDirectSize(file, sizeBytes);
        return held(id, file, sizeBytes, () -> content.adopt(id, name, piece, sizeBytes, commit(id, file, sizeBytes)));
    }

    private void requireDirectSize(UploadFile file, long sizeBytes) {
        if (sizeBytes > Math.min(file.missingBytes(), settings.maxDirectPieceBytes())) {
            throw new CompressionException(
                    ErrorCode.UPLOAD_TOO_LARGE,
                    "'%s' is missing %d bytes, and a piece has at most %d; send a smaller one"
                            .formatted(file.name(), file.missingBytes(), settings.maxDirectPieceBytes()));
        }
    }

    private UploadFile expected(UUID id, String name, long offsetBytes) {
        Upload upload = uploads.find(id);
        UploadFile file = upload.file(name);
        if (upload.state() != UploadState.OPEN) {
            throw Uploads.isComplete(upload);
        }
        if (file.offsetBytes() != offsetBytes) {
            throw new OffsetDiffersException(name, file.offsetBytes());
        }
        return file;
    }

    private UploadContent.Commit commit(UUID id, UploadFile file, long sizeBytes) {
        return new UploadContent.Commit() {
            @Override
            public boolean isCurrent() {
                return repository
                        .find(id)
                        .filter(upload -> upload.state() == UploadState.OPEN)
                        .map(upload -> upload.file(file.name()))
                        .filter(file::equals)
                        .isPresent();
            }

            @Override
            public boolean commit(@Nullable String object) {
                return Boolean.TRUE.equals(transaction.execute(status -> {
                    boolean advanced =
                            repository.lock(id, UploadState.OPEN) && repository.advance(id, file, sizeBytes, object);
                    if (advanced) {
                        repository.extend(id, settings.openExpiry());
                    }
                    return advanced;
                }));
            }
        };
    }

    private long held(UUID id, UploadFile file, long sizeBytes, Uploads.Work<Boolean> work) {
        boolean held;
        try {
            held = work.done();
        } catch (IOException e) {
            throw full(sizeBytes, e);
        }
        if (held) {
            return file.offsetBytes() + sizeBytes;
        }
        // Somebody was faster, or the upload is gone; else the piece itself cannot be taken.
        expected(id, file.name(), file.offsetBytes());
        throw new CompressionException(
                ErrorCode.UPLOAD_INVALID,
                ("the piece is not there with %d bytes, or '%s' is in more than %d pieces; send it to its place first, or"
                                + " send larger pieces")
                        .formatted(sizeBytes, file.name(), UploadRepository.MOST_PIECES));
    }

    private CompressionException full(long sizeBytes, IOException e) {
        boolean isFull;
        try {
            isFull = content.roomBytes() < sizeBytes;
        } catch (IOException unknown) {
            e.addSuppressed(unknown);
            isFull = false;
        }
        return isFull
                ? new CompressionException(
                        ErrorCode.STORAGE_FULL,
                        "the disk is full; the file keeps what it has, send this piece later",
                        e)
                : new CompressionException(
                        ErrorCode.STORAGE_FAILED,
                        "the piece could not be stored (%s); send it again".formatted(e.getMessage()),
                        e);
    }
}
