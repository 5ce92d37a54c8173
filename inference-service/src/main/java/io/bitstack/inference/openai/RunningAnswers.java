package io.bitstack.inference.openai;

import io.bitstack.inference.engine.Engine;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * The answers that are being written. What still runs when the node has drained for as long as it may is ended by the engine, and each client is told so before
 * the web server closes its connection.
 */
@Component
class RunningAnswers implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(RunningAnswers.class);
    /** A last event is small; a client that does not even take that is not waited for. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    /** After the web server has waited for requests, and before it closes their connections. */
    private static final int PHASE = WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE - 1;

    private final Engine engine;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition none = lock.newCondition();
    private int running;
    private volatile boolean isStarted;

    RunningAnswers(Engine engine) {
        this.engine = engine;
    }

    void begun() {
        change(1);
    }

    void ended() {
        change(-1);
    }

    private void change(int by) {
        lock.lock();
        try {
            running += by;
            if (running == 0) {
                none.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void start() {
        isStarted = true;
    }

    @Override
    public void stop() {
        isStarted = false;
        engine.stop();
        long nanos = PATIENCE.toNanos();
        lock.lock();
        try {
            while (running > 0 && nanos > 0) {
                nanos = none.awaitNanos(nanos);
            }
            if (running > 0) {
                LOG.warn("{} clients do not take the end of their answers", running);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean isRunning() {
        return isStarted;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
