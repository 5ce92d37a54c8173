package io.bitstack.inference.resident;

import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.model.StackWeights;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One model in memory, at a size that changes while it is read. Readers lease an immutable snapshot; a resize publishes another
 * one, and blocks that no snapshot needs any more are unmapped when the last lease on the older ones is closed.
 *
 * <p>Snapshots are prefixes of one order, so the longest one that is in use says what has to stay.
 */
final class ResidentModel {
    private static final Logger LOG = LoggerFactory.getLogger(ResidentModel.class);

    private static final class Snapshot {
        final ModelWeights weights;
        final int blocks;
        int leases;

        Snapshot(ModelWeights weights, int blocks) {
            this.weights = weights;
            this.blocks = blocks;
        }
    }

    private final ServedModel served;
    private final StackManifest manifest;
    private final StackWeights stack;
    private final HeldBlobs held;
    private final BlockLoader loader;

    // All below are guarded by this.
    private Snapshot current;
    private final Deque<Snapshot> older = new ArrayDeque<>();
    /** The first so many blocks of the stack order are mapped. */
    private int heldBlocks;
    /** So many blocks the caller of the last resize wants: none of them is unmapped, also while they are still arriving. */
    private int wantedBlocks;

    /** Mappings that were replaced and that readers of older snapshots may still read. */
    private final List<Runnable> replaced = new ArrayList<>();

    private int sessions;
    private boolean retired;

    /** @param held holds exactly the minimal prefix, from which {@code stack} was opened */
    ResidentModel(ServedModel served, StackManifest manifest, StackWeights stack, HeldBlobs held, BlockLoader loader) {
        this.served = served;
        this.manifest = manifest;
        this.stack = stack;
        this.held = held;
        this.loader = loader;
        this.heldBlocks = manifest.minimalBlocks();
        this.wantedBlocks = heldBlocks;
        this.current = new Snapshot(stack.atPrefix(heldBlocks), heldBlocks);
    }

    ServedModel served() {
        return served;
    }

    StackManifest manifest() {
        return manifest;
    }

    /** Blocks that requests decode with now. */
    synchronized int blocks() {
        return current.blocks;
    }

    /** Bytes of all mapped blocks, those that wait for their last reader included. */
    synchronized long blocksBytes() {
        return held.heldBytes();
    }

    /** Bytes of the base in the form in which it is held, without its tables. */
    long baseBytes() {
        return stack.baseHeldBytes() - stack.tablesHeldBytes();
    }

    /** Bytes of the matrices' tables of reconstruction values. */
    long tablesBytes() {
        return stack.tablesHeldBytes();
    }

    /**
     * Maps, verifies and publishes more blocks. Readers are not held up meanwhile. One caller at a time.
     *
     * @return nanoseconds that reading the blocks took
     * @throws IOException if a block could not be had; what was mapped before stays
     */
    long growTo(int blocks) throws IOException {
        long readNanos = 0;
        for (int k = want(blocks); k < blocks; k++) {
            Descriptor blob = descriptor(k);
            synchronized (this) {
                if (held.use(blob.digest())) {
                    heldBlocks++;
                    continue;
                }
            }
            long start = System.nanoTime();
            HeldBlobs.Mapping mapping = loader.load(blob);
            readNanos += System.nanoTime() - start;
            synchronized (this) {
                held.add(blob, mapping);
                heldBlocks++;
            }
        }
        publish(blocks);
        return readNanos;
    }

    /** Publishes fewer blocks: from the next step on, requests decode with these alone. */
    void shrinkTo(int blocks) {
        want(blocks);
        publish(blocks);
    }

    /**
     * Reads a held block anew from the cache, where its bytes are good again, and publishes weights that use these.
     *
     * @return whether the block is held
     */
    boolean reload(Descriptor blob) throws IOException {
        if (!held.holds(blob.digest())) {
            return false;
        }
        HeldBlobs.Mapping mapping = loader.load(blob);
        int blocks;
        synchronized (this) {
            Runnable old = held.replace(blob.digest(), mapping);
            if (old == null) {
                mapping.unmap().run();
                return false;
            }
            replaced.add(old);
            blocks = current.blocks;
        }
        publish(blocks);
        return true;
    }

    /**
     * Waits for the readers of blocks that were dropped.
     *
     * @return whether no more than so many blocks are mapped within the wait; otherwise their last reader unmaps the others
     */
    boolean awaitGivenBack(int blocks, Duration wait) throws InterruptedException {
        long deadline = System.nanoTime() + wait.toNanos();
        synchronized (this) {
            while (heldBlocks > blocks) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                wait(Math.max(1, left / 1_000_000));
            }
        }
        return true;
    }

    /** From now on a reader that leaves unmaps nothing of the first so many blocks. @return how many blocks are mapped */
    private synchronized int want(int blocks) {
        wantedBlocks = blocks;
        return heldBlocks;
    }

    private void publish(int blocks) {
        Snapshot next = new Snapshot(stack.atPrefix(blocks), blocks);
        synchronized (this) {
            older.add(current);
            current = next;
            unmapUnneeded();
        }
    }

    /** Unmaps from the end of the order what neither the current snapshot nor one with readers nor a resize under way needs. */
    private void unmapUnneeded() {
        older.removeIf(snapshot -> snapshot.leases == 0);
        int needed = retired && sessions == 0 && current.leases == 0 ? 0 : Math.max(current.blocks, wantedBlocks);
        for (Snapshot snapshot : older) {
            needed = Math.max(needed, snapshot.blocks);
        }
        while (heldBlocks > needed) {
            heldBlocks--;
            held.release(manifest.blocks().get(heldBlocks).digest());
        }
        if (older.isEmpty()) {
            replaced.forEach(Runnable::run);
            replaced.clear();
        }
        notifyAll();
    }

    private Descriptor descriptor(int block) {
        StackManifest.Block entry = manifest.blocks().get(block);
        return new Descriptor(entry.digest(), entry.sizeBytes());
    }

    /** Opens a session, unless the model has been retired. @throws IllegalStateException if it has */
    synchronized ModelSession open() {
        if (retired) {
            throw new IllegalStateException("the model was replaced");
        }
        sessions++;
        return new Session();
    }

    synchronized boolean isRetired() {
        return retired;
    }

    /** No more sessions; memory is given back when the last one is closed. */
    synchronized void retire() {
        retired = true;
        unmapUnneeded();
        LOG.info("{} version {} is replaced; {} requests still use it", served.name(), served.version(), sessions);
    }

    private final class Session implements ModelSession {
        private boolean closed;

        @Override
        public ServedModel model() {
            return served;
        }

        @Override
        public WeightsLease lease() {
            synchronized (ResidentModel.this) {
                if (closed) {
                    throw new IllegalStateException("the session is closed");
                }
                current.leases++;
                return new Lease(current);
            }
        }

        @Override
        public void close() {
            synchronized (ResidentModel.this) {
                if (!closed) {
                    closed = true;
                    sessions--;
                    unmapUnneeded();
                }
            }
        }
    }

    private final class Lease implements WeightsLease {
        private final Snapshot snapshot;
        private boolean closed;

        Lease(Snapshot snapshot) {
            this.snapshot = snapshot;
        }

        @Override
        public ModelWeights weights() {
            return snapshot.weights;
        }

        @Override
        public int blocks() {
            return snapshot.blocks;
        }

        @Override
        public void close() {
            synchronized (ResidentModel.this) {
                if (!closed) {
                    closed = true;
                    snapshot.leases--;
                    if (snapshot.leases == 0 && (retired || snapshot != current)) {
                        unmapUnneeded();
                    }
                }
            }
        }
    }
}
