package io.bitstack.gateway.channel;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * An answer's bytes between the thread that receives them and the one that hands them on. It holds few: a client that reads slowly makes the receiver wait, and with it the
 * connection and the node; nobody else, since each connection has one request.
 */
final class AnswerPipe extends InputStream {
    static final int MOST_BYTES = 64 * 1024;

    private final Duration patience;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<ByteBuffer> pieces = new ArrayDeque<>();
    private int heldBytes;
    private boolean isEnded;
    private boolean isClosed;
    private @Nullable IOException failure;

    /** @param patience how long the next bytes may take */
    AnswerPipe(Duration patience) {
        this.patience = patience;
    }

    /** Takes bytes; waits while it holds too many. What nobody reads any more is dropped. */
    void put(ByteBuffer bytes) throws InterruptedException {
        if (!bytes.hasRemaining()) {
            return;
        }
        ByteBuffer copy = ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
        lock.lockInterruptibly();
        try {
            while (heldBytes > 0 && heldBytes + copy.remaining() > MOST_BYTES && !isClosed) {
                changed.await();
            }
            if (!isClosed && !isEnded) {
                pieces.add(copy);
                heldBytes += copy.remaining();
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** No more bytes will come, since these were all. */
    void end() {
        change(() -> isEnded = true);
    }

    /** No more bytes will come, though these were not all; whoever reads hears of it after those that are here. */
    void fail(IOException why) {
        change(() -> {
            if (!isEnded && failure == null) {
                failure = why;
                isEnded = true;
            }
        });
    }

    /** Nobody will read any more. */
    @Override
    public void close() {
        change(() -> {
            isClosed = true;
            pieces.clear();
            heldBytes = 0;
        });
    }

    private void change(Runnable how) {
        lock.lock();
        try {
            how.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        if (length == 0) {
            return 0;
        }
        lock.lock();
        try {
            awaitBytes();
            return take(buffer, offset, length);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for a node's answer", e);
        } finally {
            lock.unlock();
        }
    }

    private void awaitBytes() throws IOException, InterruptedException {
        long left = patience.toNanos();
        while (pieces.isEmpty() && !isEnded && !isClosed) {
            if (left <= 0) {
                throw new SocketTimeoutException("nothing came for " + patience);
            }
            left = changed.awaitNanos(Math.min(left, TimeUnit.DAYS.toNanos(1)));
        }
    }

    private int take(byte[] buffer, int offset, int length) throws IOException {
        if (isClosed) {
            throw new IOException("the answer was given up");
        }
        int taken = 0;
        while (taken < length && !pieces.isEmpty()) {
            ByteBuffer piece = pieces.getFirst();
            int count = Math.min(length - taken, piece.remaining());
            piece.get(buffer, offset + taken, count);
            taken += count;
            if (!piece.hasRemaining()) {
                pieces.removeFirst();
            }
        }
        if (taken > 0) {
            heldBytes -= taken;
            changed.signalAll();
            return taken;
        }
        if (failure != null) {
            throw new IOException(failure.getMessage(), failure);
        }
        return -1;
    }
}
