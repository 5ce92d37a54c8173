package io.bitstack.compression.upload;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import io.bitstack.compression.source.CheckedSource;
import io.bitstack.compression.source.Sources;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** What clients can do with uploads, except to send their bytes. */
@Service
class Uploads {
    /** Kept free on the disk beside uploads. */
    private static final long SPARE_BYTES = 256L << 20;

    /** @param checked what the headers of the model say, if they can be read here */
    record Completed(Upload upload, @Nullable CheckedSource checked) {}

    private final UploadRepository uploads;
    private final UploadContent content;
    private final UploadSettings settings;
    private final Sources sources;
    private final TransactionTemplate transaction;

    Uploads(
            UploadRepository uploads,
            UploadContent content,
            UploadSettings settings,
            Sources sources,
            TransactionTemplate transaction) {
        this.uploads = uploads;
        this.content = content;
        this.settings = settings;
        this.sources = sources;
        this.transaction = transaction;
    }

    Upload create(List<UploadFile> files, String owner) {
        requireBounds(files);
        UUID id = UUID.randomUUID();
        transaction.executeWithoutResult(status -> {
            uploads.lockCounts();
            requireRoom(files);
            if (uploads.countOpen() >= settings.maxOpen() || uploads.countOpen(owner) >= settings.maxOpenPerOwner()) {
                throw new CompressionException(
                        ErrorCode.TOO_MANY_UPLOADS,
                        "%d uploads are open, %d of them yours; complete or delete some, or wait until they expire"
                                .formatted(uploads.countOpen(), uploads.countOpen(owner)));
            }
            uploads.insert(id, owner, settings.openExpiry(), files);
        });
        return find(id);
    }

    private void requireBounds(List<UploadFile> files) {
        Set<String> names = new HashSet<>();
        long totalBytes = 0;
        for (UploadFile file : files) {
            if (!names.add(file.name())) {
                throw new CompressionException(
                        ErrorCode.UPLOAD_INVALID, "'%s' is declared twice; name each file once".formatted(file.name()));
            }
            totalBytes = file.sizeBytes() > settings.maxBytes() ? Long.MAX_VALUE : totalBytes + file.sizeBytes();
            if (totalBytes > settings.maxBytes()) {
                throw new CompressionException(
                        ErrorCode.UPLOAD_TOO_LARGE,
                        "at most %d bytes are taken in one upload (bitstack.compression.uploads.max-bytes)"
                                .formatted(settings.maxBytes()));
            }
        }
        if (files.size() > settings.maxFiles()) {
            throw new CompressionException(
                    ErrorCode.UPLOAD_INVALID,
                    "%d files are declared; at most %d are taken".formatted(files.size(), settings.maxFiles()));
        }
    }

    private void requireRoom(List<UploadFile> files) {
        long neededBytes =
                files.stream().mapToLong(UploadFile::sizeBytes).sum() + uploads.expectedBytes() + SPARE_BYTES;
        long roomBytes = translating(content::roomBytes);
        if (roomBytes < neededBytes) {
            throw new CompressionException(
                    ErrorCode.STORAGE_FULL,
                    "this and the other open uploads need %d bytes, and %d are free; delete uploads, or give the service more"
                                    .formatted(neededBytes, roomBytes)
                            + " disk");
        }
    }

    Upload find(UUID id) {
        return uploads.find(id)
                .orElseThrow(() -> new CompressionException(
                        ErrorCode.UPLOAD_NOT_FOUND, "there is no upload %s, or it has expired".formatted(id)));
    }

    List<Upload> list(@Nullable UUID after, int limit) {
        if (after != null) {
            find(after);
        }
        return uploads.list(after, limit);
    }

    boolean isDirect() {
        return content.isDirect();
    }

    /** Lets a file begin anew. */
    void reset(UUID id, String name) {
        Upload upload = find(id);
        upload.file(name);
        translating(() -> {
            content.reset(
                    id,
                    name,
                    () -> transaction.executeWithoutResult(status -> {
                        requireOpen(id);
                        uploads.reset(id, name);
                    }));
            return name;
        });
    }

    private void requireOpen(UUID id) {
        if (!uploads.lock(id, UploadState.OPEN)) {
            throw isComplete(find(id));
        }
    }

    static CompressionException isComplete(Upload upload) {
        return new CompressionException(
                ErrorCode.UPLOAD_COMPLETE, "upload %s is complete and takes nothing any more".formatted(upload.id()));
    }

    /** Makes an upload, whose files all have to be whole, readable for jobs. */
    Completed complete(UUID id) {
        Upload upload = find(id);
        requireWhole(upload);
        UploadLayout layout = UploadLayout.of(upload.names());
        if (upload.state() == UploadState.OPEN) {
            translating(() -> {
                content.finish(upload);
                return id;
            });
        }
        Path directory = content.directory(id).orElse(null);
        CheckedSource checked = layout.hasModel() && directory != null
                ? sources.check(layout.gguf() == null ? directory : directory.resolve(layout.gguf()))
                : null;
        transaction.executeWithoutResult(status -> {
            if (uploads.lock(id, UploadState.OPEN)) {
                requireWhole(find(id)); // a file may have been reset meanwhile
                uploads.setState(id, UploadState.COMPLETE);
                uploads.extend(id, settings.completeExpiry());
            }
        });
        return new Completed(find(id), checked);
    }

    private static void requireWhole(Upload upload) {
        upload.files().stream().filter(file -> !file.isWhole()).findFirst().ifPresent(file -> {
            throw new CompressionException(
                    ErrorCode.UPLOAD_INCOMPLETE,
                    "'%s' is missing %d of its %d bytes; send them first"
                            .formatted(file.name(), file.missingBytes(), file.sizeBytes()));
        });
    }

    /** @throws CompressionException {@code UPLOAD_IN_USE} if an unfinished job names it */
    void discard(UUID id) {
        transaction.executeWithoutResult(status -> {
            UploadState state = find(id).state();
            if (!uploads.lock(id, state)) {
                find(id); // gone meanwhile, or complete
            }
            if (uploads.isUsed(id)) {
                throw new CompressionException(
                        ErrorCode.UPLOAD_IN_USE,
                        "an unfinished job reads upload %s; wait for it or cancel it first".formatted(id));
            }
            uploads.setState(id, UploadState.DISCARDED);
        });
        translating(() -> {
            content.delete(id);
            uploads.delete(id);
            return id;
        });
    }

    interface Work<T> {
        T done() throws IOException;
    }

    static <T> T translating(Work<T> work) {
        try {
            return work.done();
        } catch (IOException e) {
            throw new CompressionException(
                    ErrorCode.STORAGE_FAILED, "the store of uploads failed: " + e.getMessage(), e);
        }
    }
}
