package io.bitstack.inference.openai;

import io.bitstack.inference.resident.ModelSession;
import io.bitstack.inference.resident.ServedModel;
import io.bitstack.inference.resident.WeightsLease;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** One hold on a model for all choices of an answer, so that all are the same model's; it ends when the last of them does. */
final class SharedSession implements AutoCloseable {
    private final ModelSession session;
    private final AtomicInteger users = new AtomicInteger(1);

    SharedSession(ModelSession session) {
        this.session = session;
    }

    ServedModel model() {
        return session.model();
    }

    /** A session of one choice. Only before {@link #close}. */
    ModelSession open() {
        users.incrementAndGet();
        return new Part();
    }

    @Override
    public void close() {
        release();
    }

    private void release() {
        if (users.decrementAndGet() == 0) {
            session.close();
        }
    }

    private final class Part implements ModelSession {
        private final AtomicBoolean closed = new AtomicBoolean();

        @Override
        public ServedModel model() {
            return session.model();
        }

        @Override
        public WeightsLease lease() {
            return session.lease();
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                release();
            }
        }
    }
}
