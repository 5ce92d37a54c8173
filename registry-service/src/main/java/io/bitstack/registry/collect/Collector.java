package io.bitstack.registry.collect;

import io.bitstack.core.stack.BlobInventory;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.registry.audit.Audit;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.service.ApiException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** Collects what nothing names any more: versions, then stacks, then blobs. */
@Service
class Collector {
    private static final int STRANGERS_AT_ONCE = 1000;

    private final GarbageRows rows;
    private final BlobInventory store;
    private final Audit audit;
    private final TransactionTemplate transaction;
    private final ReentrantLock running = new ReentrantLock();

    Collector(GarbageRows rows, BlobStore blobs, Audit audit, TransactionTemplate transaction) {
        this.rows = rows;
        this.audit = audit;
        this.transaction = transaction;
        if (!(blobs instanceof BlobInventory inventory)) {
            throw new IllegalStateException("the blob store cannot say what it holds: " + blobs.getClass());
        }
        this.store = inventory;
    }

    /** @throws ApiException {@code COLLECTION_RUNNING}, {@code STORAGE_FAILED} */
    CollectionReport collect(boolean dryRun, long graceSeconds, String principal) {
        if (dryRun) {
            return rows.foresee(graceSeconds);
        }
        if (!running.tryLock()) {
            throw new ApiException(ErrorCode.COLLECTION_RUNNING, "a collection is running; wait for its end");
        }
        try {
            CollectionReport report = run(graceSeconds);
            transaction.executeWithoutResult(_ -> audit.record(
                    principal,
                    "storage.collect",
                    "%d blobs, %d bytes".formatted(report.collectedBlobs(), report.collectedBytes())));
            return report;
        } catch (IOException | UncheckedIOException e) {
            throw new ApiException(
                    ErrorCode.STORAGE_FAILED, "the collection was cut short; run it again: " + e.getMessage(), e);
        } finally {
            running.unlock();
        }
    }

    private CollectionReport run(long graceSeconds) throws IOException {
        int versions = rows.purgeVersions(graceSeconds);
        int stacks = 0;
        while (rows.removeStack()) {
            stacks++;
        }
        Tally condemned = rows.condemn(graceSeconds).plus(condemnStrangers(graceSeconds));
        Tally collected = Tally.NONE;
        @Nullable Tally taken = rows.take(graceSeconds, store);
        while (taken != null) {
            collected = collected.plus(taken);
            taken = rows.take(graceSeconds, store);
        }
        rows.forgetCollected();
        return new CollectionReport(
                false,
                graceSeconds,
                versions,
                stacks,
                condemned.blobs(),
                condemned.bytes(),
                collected.blobs(),
                collected.bytes());
    }

    private Tally condemnStrangers(long graceSeconds) throws IOException {
        Instant before = Instant.now().minusSeconds(graceSeconds);
        List<BlobInventory.Stored> some = new ArrayList<>();
        Tally[] all = {Tally.NONE};
        store.visitAll(blob -> {
            if (!blob.storedAt().isAfter(before)) {
                some.add(blob);
            }
            if (some.size() == STRANGERS_AT_ONCE) {
                all[0] = all[0].plus(rows.condemnStrangers(some));
                some.clear();
            }
        });
        return some.isEmpty() ? all[0] : all[0].plus(rows.condemnStrangers(some));
    }
}
