package io.bitstack.compression.upload;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** An upload as the database has it, its files in the order in which they were declared. */
record Upload(UUID id, UploadState state, List<UploadFile> files, Instant createdAt, Instant expiresAt) {
    long sizeBytes() {
        return files.stream().mapToLong(UploadFile::sizeBytes).sum();
    }

    long receivedBytes() {
        return files.stream().mapToLong(UploadFile::offsetBytes).sum();
    }

    /** @throws CompressionException {@code UPLOAD_NOT_FOUND} */
    UploadFile file(String name) {
        return files.stream()
                .filter(file -> file.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new CompressionException(
                        ErrorCode.UPLOAD_NOT_FOUND, "upload %s has no file '%s'".formatted(id, name)));
    }

    List<String> names() {
        return files.stream().map(UploadFile::name).toList();
    }
}
