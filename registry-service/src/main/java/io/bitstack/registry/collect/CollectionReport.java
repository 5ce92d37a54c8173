package io.bitstack.registry.collect;

/**
 * What a collection did, or would do.
 *
 * @param dryRun whether nothing was changed; then what would only become garbage by this very run is not counted
 * @param purgedVersions deleted versions whose grace period was over
 * @param removedStacks stacks that no version names any more
 * @param condemnedBlobs blobs found to be named by nothing; they go when they have been so for the grace period
 * @param collectedBlobs blobs whose bytes were removed
 */
record CollectionReport(
        boolean dryRun,
        long graceSeconds,
        int purgedVersions,
        int removedStacks,
        int condemnedBlobs,
        long condemnedBytes,
        int collectedBlobs,
        long collectedBytes) {}
