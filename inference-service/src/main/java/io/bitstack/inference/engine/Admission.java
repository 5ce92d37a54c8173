package io.bitstack.inference.engine;

import io.bitstack.inference.resident.WeightsLease;
import java.util.List;

/** Says whether the next request may run: its place, and KV pages for all that it may come to need. The loop's thread asks. */
final class Admission {
    private final int maxSequences;
    private final PrefixCache prefixes;

    Admission(int maxSequences, PrefixCache prefixes) {
        this.maxSequences = maxSequences;
        this.prefixes = prefixes;
    }

    /**
     * Makes room for a sequence if there is any, of pages that the prefix cache keeps for nobody. A sequence that is admitted has taken
     * what that cache has of its prompt.
     */
    boolean admit(Sequence sequence, List<Sequence> running) {
        if (running.size() >= maxSequences) {
            return false;
        }
        try (WeightsLease lease = sequence.session().lease()) {
            sequence.reusePrefix(lease);
        }
        int left = Sequence.pages(sequence.model().contextTokens()) - ownPages(running) - sequence.ownPages();
        if (!running.isEmpty() && prefixes.usedPages() > left) {
            sequence.returnPrefix();
            return false;
        }
        prefixes.giveUp(prefixes.heldPages() - left);
        return true;
    }

    /** Pages that sequences may come to need for themselves, without those that they share with the prefix cache. */
    static int ownPages(List<Sequence> sequences) {
        return sequences.stream().mapToInt(Sequence::ownPages).sum();
    }
}
