package io.bitstack.inference.engine;

import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.model.KvCache;
import io.bitstack.core.stack.KvPrecision;
import io.bitstack.inference.resident.ModelSession;
import io.bitstack.inference.resident.ServedModel;
import io.bitstack.inference.resident.WeightsChanged;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.EventListener;

/**
 * Decodes the requests of a node together, on one thread. A request is admitted, in order of arrival, when the KV pages that it may
 * come to need are free; it runs until its answer is complete, nobody waits for it any more, or its time is over.
 */
public final class Engine implements EngineReport, SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    private final EngineSettings settings;
    private final EngineMetrics metrics;
    private final TokenRate rate = new TokenRate();
    private final PrefixCache prefixes = new PrefixCache();
    private final Admission admission;
    private final Stepper stepper;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Deque<Sequence> queue = new ArrayDeque<>();

    /** Only the loop's thread looks into it. */
    private final List<Sequence> running = new ArrayList<>();

    private volatile int active;
    private volatile int queued;
    private volatile int reservedPages;
    private volatile int cachedPages;
    private volatile long kvHeldBytes;
    private volatile boolean accepting;
    private boolean forgetPrefixes;
    private @Nullable Thread loop;

    Engine(EngineSettings settings, RowPool pool, MeterRegistry registry) {
        this.settings = settings;
        this.metrics = new EngineMetrics(registry);
        this.admission = new Admission(settings.maxSequences(), prefixes);
        this.stepper = new Stepper(pool, rate, prefixes);
        metrics.gauge("requests.active", "requests", "requests that are worked on", this::activeRequests);
        metrics.gauge("requests.queued", "requests", "requests that wait for room", this::queuedRequests);
        metrics.gauge("kv.reserved", "pages", "KV pages that running requests may need", () -> reservedPages);
        metrics.gauge(
                "kv.cached",
                "pages",
                "KV pages of prompts that are kept for others that begin alike",
                () -> cachedPages);
        metrics.gauge("kv.held", "bytes", "bytes of KV pages that are allocated", this::kvHeldBytes);
    }

    /**
     * Hands in a request. The engine closes the session when the request has ended, or before this throws.
     *
     * @throws RequestException CONTEXT_LENGTH_EXCEEDED, QUEUE_FULL or SHUTTING_DOWN
     */
    public Generation submit(ModelSession session, GenerationRequest request) {
        try {
            check(session.model(), request);
            Generation generation = new Generation(this::wake);
            enqueue(new Sequence(
                    session,
                    request,
                    generation,
                    metrics,
                    prefixes.new Path(),
                    settings.requestTimeout().toNanos(),
                    settings.kvPrecision()));
            return generation;
        } catch (RuntimeException e) {
            session.close();
            throw e;
        }
    }

    /** How keys and values are kept. */
    public KvPrecision kvPrecision() {
        return settings.kvPrecision();
    }

    /** How many tokens, prompt and answer, a request may have at most. */
    public static int contextTokens(ServedModel model) {
        return Math.min(model.contextTokens(), model.config().contextTokens());
    }

    /**
     * Checks whether the model can answer a request, at any time; {@link #submit} does too.
     *
     * @throws RequestException INVALID_VALUE or CONTEXT_LENGTH_EXCEEDED
     */
    public static void check(ServedModel model, GenerationRequest request) {
        if (request.prompt().length == 0) {
            throw new RequestException(RequestCode.INVALID_VALUE, "prompt", "the prompt has no tokens");
        }
        int context = contextTokens(model);
        if (request.capacityTokens() > context) {
            throw new RequestException(
                    RequestCode.CONTEXT_LENGTH_EXCEEDED,
                    "the prompt has %d tokens and %d are to be generated, but the context holds %d; shorten either"
                            .formatted(request.prompt().length, request.maxTokens(), context));
        }
    }

    private void enqueue(Sequence sequence) {
        lock.lock();
        try {
            if (!accepting) {
                throw new RequestException(RequestCode.SHUTTING_DOWN, "the node is stopping; ask another one");
            }
            if (queue.size() >= settings.maxQueued()) {
                metrics.ended(RequestCode.QUEUE_FULL.wire());
                throw new RequestException(
                        RequestCode.QUEUE_FULL,
                        "%d requests are waiting already; ask again later".formatted(queue.size()));
            }
            queue.add(sequence);
            queued = queue.size();
            work.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void wake() {
        lock.lock();
        try {
            work.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        try {
            while (runOnce()) {
                running.removeIf(Sequence::ended);
                publish();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            failAll();
        }
    }

    /** One step. Whatever goes wrong ends requests, never this thread. @return false when the engine stops */
    private boolean runOnce() throws InterruptedException {
        try {
            if (!awaitWork()) {
                return false;
            }
            stepper.step(running);
        } catch (RuntimeException | OutOfMemoryError e) {
            RequestException reason = Stepper.failure(running.size(), e);
            running.forEach(sequence -> sequence.fail(reason));
            Sequence next = first();
            if (next != null) {
                // It may be what could not be admitted.
                next.fail(reason);
            }
        }
        return true;
    }

    private @Nullable Sequence first() {
        lock.lock();
        try {
            return queue.peekFirst();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until there is something to run, and admits what there is room for. @return false when the engine stops */
    private boolean awaitWork() throws InterruptedException {
        lock.lock();
        try {
            while (accepting && !forgetPrefixes && queue.isEmpty() && running.isEmpty()) {
                work.await();
            }
            if (!accepting) {
                return false;
            }
            if (forgetPrefixes) {
                forgetPrefixes = false;
                prefixes.forgetAll();
                publish();
            }
            queue.forEach(Sequence::check);
            queue.removeIf(Sequence::ended);
            while (!queue.isEmpty() && admission.admit(queue.getFirst(), running)) {
                Sequence sequence = queue.removeFirst();
                sequence.admitted();
                running.add(sequence);
                publish();
            }
            queued = queue.size();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void publish() {
        reservedPages = Admission.ownPages(running) + prefixes.usedPages();
        cachedPages = prefixes.heldPages();
        kvHeldBytes = prefixes.heldBytes()
                + running.stream()
                        .map(Sequence::cache)
                        .mapToLong(KvCache::ownBytes)
                        .sum();
        // Last: whoever sees that nothing runs sees what it left.
        active = running.size();
    }

    /** What was computed with weights that are not those of the model any more is of no use to later prompts. */
    @EventListener
    public void onWeightsChanged(WeightsChanged change) {
        lock.lock();
        try {
            forgetPrefixes = true;
            work.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void failAll() {
        lock.lock();
        try {
            accepting = false;
            RequestException reason =
                    new RequestException(RequestCode.SHUTTING_DOWN, "the node stopped before the answer was complete");
            running.forEach(sequence -> sequence.fail(reason));
            queue.forEach(sequence -> sequence.fail(reason));
            running.clear();
            queue.clear();
            queued = 0;
            prefixes.forgetAll();
            publish();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int activeRequests() {
        return active;
    }

    @Override
    public int queuedRequests() {
        return queued;
    }

    @Override
    public @Nullable Double tokensPerSecond() {
        return rate.perSecond(System.nanoTime() / 1_000_000_000L);
    }

    @Override
    public long kvHeldBytes() {
        return kvHeldBytes;
    }

    @Override
    public long scratchHeldBytes() {
        return stepper.scratchHeldBytes();
    }

    @Override
    public void start() {
        lock.lock();
        try {
            if (loop == null) {
                accepting = true;
                loop = Thread.ofPlatform().name("bitstack-decode").daemon().start(this::run);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends what is still running, if nobody did so before. */
    @Override
    public void stop() {
        Thread thread;
        lock.lock();
        try {
            accepting = false;
            work.signalAll();
            thread = loop;
            loop = null;
        } finally {
            lock.unlock();
        }
        if (thread == null) {
            return;
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            LOG.warn("stopped waiting for the last step of decoding");
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return accepting;
    }

    /** Low, so that it stops after the web server, whose requests it answers. */
    @Override
    public int getPhase() {
        return 0;
    }
}
