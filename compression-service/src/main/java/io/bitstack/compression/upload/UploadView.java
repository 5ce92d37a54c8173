package io.bitstack.compression.upload;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.compression.source.CheckedSource;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An upload as clients see it.
 *
 * @param direct whether pieces may be sent to the S3 server itself
 * @param model what the headers of its model say, in the answer of its completion, where the store is a directory
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record UploadView(
        UUID id,
        UploadState state,
        long sizeBytes,
        long receivedBytes,
        int maxPieceBytes,
        boolean direct,
        List<File> files,
        Instant createdAt,
        Instant expiresAt,
        @Nullable Model model) {

    record File(String name, long sizeBytes, long offsetBytes) {
        static File of(UploadFile file) {
            return new File(file.name(), file.sizeBytes(), file.offsetBytes());
        }
    }

    record Model(String architecture, long weights, int tensors, long sizeBytes) {
        static Model of(CheckedSource checked) {
            return new Model(checked.architecture(), checked.weights(), checked.tensors(), checked.sizeBytes());
        }
    }

    static UploadView of(Upload upload, int maxPieceBytes, boolean direct, @Nullable CheckedSource checked) {
        return new UploadView(
                upload.id(),
                upload.state(),
                upload.sizeBytes(),
                upload.receivedBytes(),
                maxPieceBytes,
                direct,
                upload.files().stream().map(File::of).toList(),
                upload.createdAt(),
                upload.expiresAt(),
                checked == null ? null : Model.of(checked));
    }
}
