package io.bitstack.compression.upload;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import io.bitstack.compression.fetch.ModelFetcher;
import io.bitstack.compression.fetch.StoredFiles;
import io.bitstack.core.model.ModelSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.springframework.stereotype.Component;

/** Complete uploads as jobs read them. */
@Component
public class UploadedModels {
    private final UploadRepository uploads;
    private final UploadContent content;
    private final ModelFetcher fetcher;
    private final UploadSettings settings;

    UploadedModels(UploadRepository uploads, UploadContent content, ModelFetcher fetcher, UploadSettings settings) {
        this.uploads = uploads;
        this.content = content;
        this.fetcher = fetcher;
        this.settings = settings;
    }

    /** @throws CompressionException unless there is a complete upload with a model */
    public void requireModel(UUID id) {
        if (!UploadLayout.of(complete(id).names()).hasModel()) {
            throw new CompressionException(
                    ErrorCode.WEIGHTS_MISSING, "upload %s holds texts and no model; name another".formatted(id));
        }
    }

    /**
     * Keeps an upload for a job that is about to be written in the same transaction.
     *
     * @throws CompressionException if it is not complete or is gone
     */
    public void use(UUID id) {
        if (!uploads.lock(id, UploadState.COMPLETE)) {
            complete(id); // says why
        }
        uploads.extend(id, settings.completeExpiry());
    }

    /** The model, read in the store for the job if it is not on a disk that this process reads. */
    public ModelSource model(UUID job, UUID id, ModelFetcher.FileListener listener, BooleanSupplier stopped)
            throws IOException {
        Upload upload = complete(id);
        UploadLayout layout = UploadLayout.of(upload.names());
        Path directory = content.directory(id).orElse(null);
        if (directory == null) {
            return fetcher.readInPlace(job, new InStore(upload), layout.gguf(), listener, stopped);
        }
        return ModelSource.at(layout.gguf() == null ? directory : directory.resolve(layout.gguf()));
    }

    /** A whole file of at most so many bytes. */
    public byte[] bytes(UploadReference reference, long mostBytes) {
        Upload upload = complete(reference.upload());
        UploadFile file = upload.file(reference.name());
        if (file.sizeBytes() > mostBytes) {
            throw new CompressionException(
                    ErrorCode.TEXT_INVALID,
                    "%s has %d bytes; at most %d are read".formatted(reference, file.sizeBytes(), mostBytes));
        }
        return Uploads.translating(() -> {
            try (InputStream in = content.open(upload.id(), file, 0, file.sizeBytes())) {
                return in.readNBytes(Math.toIntExact(file.sizeBytes()));
            }
        });
    }

    private Upload complete(UUID id) {
        Upload upload = uploads.find(id)
                .orElseThrow(() -> new CompressionException(
                        ErrorCode.UPLOAD_NOT_FOUND, "there is no upload %s, or it has expired".formatted(id)));
        if (upload.state() != UploadState.COMPLETE) {
            throw new CompressionException(
                    ErrorCode.UPLOAD_INCOMPLETE,
                    "upload %s is not complete; send what is missing and POST to its route /complete".formatted(id));
        }
        return upload;
    }

    /** The files of an upload whose pieces are objects. */
    private final class InStore implements StoredFiles {
        private final Upload upload;

        InStore(Upload upload) {
            this.upload = upload;
        }

        @Override
        public String name() {
            return "upload " + upload.id();
        }

        @Override
        public Map<String, Long> sizesBytes() {
            Map<String, Long> sizes = new LinkedHashMap<>();
            upload.files().forEach(file -> sizes.put(file.name(), file.sizeBytes()));
            return sizes;
        }

        @Override
        public InputStream open(String name, long fromBytes, long lengthBytes) throws IOException {
            return content.open(upload.id(), upload.file(name), fromBytes, lengthBytes);
        }
    }
}
