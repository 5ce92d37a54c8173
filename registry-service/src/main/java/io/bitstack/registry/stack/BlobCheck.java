package io.bitstack.registry.stack;

import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.service.ApiException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** Asks the blob store for many blobs at a time: a stack may name tens of thousands. */
final class BlobCheck {
    private static final int PARALLEL = 32;

    private final BlobStore blobs;

    BlobCheck(BlobStore blobs) {
        this.blobs = blobs;
    }

    /** @throws ApiException {@code BLOB_MISSING} naming the first that is not there as described, {@code STORAGE_FAILED} */
    void requireAll(List<Descriptor> wanted) {
        Semaphore slots = new Semaphore(PARALLEL);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<@Nullable String>> answers = new ArrayList<>();
            for (Descriptor blob : wanted) {
                answers.add(threads.submit(() -> {
                    slots.acquire();
                    try {
                        return fault(blob);
                    } finally {
                        slots.release();
                    }
                }));
            }
            for (Future<@Nullable String> answer : answers) {
                String fault = answer.get();
                if (fault != null) {
                    throw new ApiException(
                            ErrorCode.BLOB_MISSING, fault + "; store every blob before the manifest is published");
                }
            }
        } catch (ExecutionException e) {
            throw new ApiException(
                    ErrorCode.STORAGE_FAILED, "the blob store could not be asked: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiException(ErrorCode.STORAGE_FAILED, "interrupted while asking the blob store", e);
        }
    }

    private @Nullable String fault(Descriptor blob) throws IOException {
        OptionalLong size = blobs.sizeBytes(blob.digest());
        if (size.isEmpty()) {
            return "blob %s is not in the blob store".formatted(blob.digest());
        }
        return size.getAsLong() == blob.sizeBytes()
                ? null
                : "blob %s has %d bytes in the blob store, not %d"
                        .formatted(blob.digest(), size.getAsLong(), blob.sizeBytes());
    }
}
