package io.bitstack.compression.encode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What the matrices of an input share while they are encoded, made when the first of them is and kept while there is room. Safe for several
 * threads.
 */
final class PreparedInputs {
    /** Numbers of the moments of all inputs that are kept, each of which takes 8 bytes, for H' and its factor. */
    private static final long MOST_MOMENTS = 1L << 24;

    /** Makes an input. */
    interface Maker {
        PartEncoder.Input make() throws IOException;
    }

    private final class Prepared {
        private final long moments;
        private final ReentrantLock lock = new ReentrantLock();
        private PartEncoder.@Nullable Input input;

        Prepared(long moments) {
            this.moments = moments;
        }

        PartEncoder.Input get(Maker maker) {
            cores.lock(lock);
            try {
                if (input == null) {
                    input = maker.make();
                }
                return input;
            } catch (IOException e) {
                throw new UncheckedIOException(e.getMessage(), e);
            } finally {
                lock.unlock();
            }
        }
    }

    private final Cores cores;
    private final Map<String, Prepared> kept = new LinkedHashMap<>();

    /** @param cores of which the caller has one, but while it waits for an input */
    PreparedInputs(Cores cores) {
        this.cores = cores;
    }

    PartEncoder.Input of(String name, int columns, Maker maker) {
        return prepared(name, (long) columns * columns).get(maker);
    }

    /** The oldest ones go when there is no room; who still works with one keeps it until then. */
    private synchronized Prepared prepared(String name, long moments) {
        Prepared found = kept.remove(name);
        Prepared wanted = found == null ? new Prepared(moments) : found;
        long all = moments;
        for (Prepared other : kept.values()) {
            all += other.moments;
        }
        for (Iterator<Prepared> oldest = kept.values().iterator(); all > MOST_MOMENTS && oldest.hasNext(); ) {
            all -= oldest.next().moments;
            oldest.remove();
        }
        kept.put(name, wanted);
        return wanted;
    }

    /** Keeps none any more. */
    synchronized void clear() {
        kept.clear();
    }

    synchronized Set<String> names() {
        return Set.copyOf(kept.keySet());
    }
}
