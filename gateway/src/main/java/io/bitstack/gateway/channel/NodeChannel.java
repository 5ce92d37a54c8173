package io.bitstack.gateway.channel;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/** All connections that one node has open, and those of them that are free: the one used last first, so that the others grow old and go. */
final class NodeChannel {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition freed = lock.newCondition();
    private final Set<NodeConnection> all = new HashSet<>();
    private final Deque<NodeConnection> idle = new ArrayDeque<>();

    /** @return how many there are now; 0 if there are as many as there may be already */
    int add(NodeConnection connection, int most) {
        lock.lock();
        try {
            if (all.size() >= most) {
                return 0;
            }
            all.add(connection);
            idle.push(connection);
            freed.signal();
            return all.size();
        } finally {
            lock.unlock();
        }
    }

    /** @return how many are left; -1 if it was not among them */
    int remove(NodeConnection connection) {
        lock.lock();
        try {
            if (!all.remove(connection)) {
                return -1;
            }
            idle.remove(connection);
            return all.size();
        } finally {
            lock.unlock();
        }
    }

    /** A connection has no request any more. */
    void free(NodeConnection connection) {
        lock.lock();
        try {
            if (all.contains(connection)) {
                idle.push(connection);
                freed.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Takes a free connection; empty when there is none for so long. */
    Optional<NodeConnection> take(Duration patience) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = patience.toNanos();
            while (idle.isEmpty() && left > 0) {
                left = freed.awaitNanos(left);
            }
            return Optional.ofNullable(idle.poll());
        } finally {
            lock.unlock();
        }
    }

    /** Takes a free connection out that is like this; one at a time, so that a node that is used is never without. */
    Optional<NodeConnection> retire(Predicate<NodeConnection> which) {
        lock.lock();
        try {
            Optional<NodeConnection> found = idle.stream().filter(which).findFirst();
            found.ifPresent(idle::remove);
            return found;
        } finally {
            lock.unlock();
        }
    }

    List<NodeConnection> connections() {
        lock.lock();
        try {
            return List.copyOf(all);
        } finally {
            lock.unlock();
        }
    }

    int size() {
        lock.lock();
        try {
            return all.size();
        } finally {
            lock.unlock();
        }
    }

    int busy() {
        lock.lock();
        try {
            return all.size() - idle.size();
        } finally {
            lock.unlock();
        }
    }
}
