package io.bitstack.inference.pull;

import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the cache holds, and in which order it would be given up. Safe for many threads. */
final class CacheIndex {
    private final Map<Digest, Entry> entries = new HashMap<>();
    private Map<Digest, Integer> rank = Map.of();
    private int needed;
    private long usedBytes;

    private record Entry(Descriptor blob, long lastUseMillis) {}

    synchronized void add(Descriptor blob, long lastUseMillis) {
        Entry before = entries.put(blob.digest(), new Entry(blob, lastUseMillis));
        usedBytes += blob.sizeBytes() - (before == null ? 0 : before.blob().sizeBytes());
    }

    synchronized void remove(Digest digest) {
        Entry gone = entries.remove(digest);
        usedBytes -= gone == null ? 0 : gone.blob().sizeBytes();
    }

    synchronized boolean holds(Descriptor blob) {
        Entry found = entries.get(blob.digest());
        return found != null && found.blob().sizeBytes() == blob.sizeBytes();
    }

    synchronized long usedBytes() {
        return usedBytes;
    }

    /** Everything that is held, in no order. */
    synchronized List<Descriptor> all() {
        return entries.values().stream().map(Entry::blob).toList();
    }

    /**
     * Says what is of use.
     *
     * @param byUse the most useful first
     * @param needed so many of them are not given up
     * @return what is held and was of use until now
     */
    synchronized List<Descriptor> use(List<Digest> byUse, int needed, long nowMillis) {
        Map<Digest, Integer> before = rank;
        Map<Digest, Integer> ranks = new HashMap<>();
        for (int i = 0; i < byUse.size(); i++) {
            ranks.putIfAbsent(byUse.get(i), i);
        }
        this.rank = ranks;
        this.needed = needed;
        List<Descriptor> left = entries.values().stream()
                .map(Entry::blob)
                .filter(blob -> before.containsKey(blob.digest()) && !ranks.containsKey(blob.digest()))
                .toList();
        left.forEach(blob -> entries.put(blob.digest(), new Entry(blob, nowMillis)));
        return left;
    }

    /** What to give up to be rid of so many bytes: first what is of no use, the longest unused first, then the least useful. */
    synchronized List<Descriptor> toGiveUp(long bytes) {
        List<Entry> candidates = new ArrayList<>(entries.values().stream()
                .filter(entry -> rankOf(entry) >= needed)
                .sorted(Comparator.comparingInt(this::rankOf).reversed().thenComparingLong(Entry::lastUseMillis))
                .toList());
        List<Descriptor> chosen = new ArrayList<>();
        long freed = 0;
        for (Entry entry : candidates) {
            if (freed >= bytes) {
                break;
            }
            chosen.add(entry.blob());
            freed += entry.blob().sizeBytes();
        }
        return chosen;
    }

    private int rankOf(Entry entry) {
        return rank.getOrDefault(entry.blob().digest(), Integer.MAX_VALUE);
    }
}
