package io.bitstack.inference.node;

import io.bitstack.core.stack.BudgetTooSmallException;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.stack.StackPlanner;
import io.bitstack.inference.pull.Puller;
import io.bitstack.inference.resident.Holding;
import io.bitstack.inference.resident.ResidentModels;
import io.bitstack.inference.settings.NodeSettings;
import io.bitstack.inference.trust.ManifestTrust;
import jakarta.annotation.PreDestroy;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Makes what the node holds what it ought to hold, in steps small enough that a change of mind is noticed: the minimal prefix
 * first, from which on requests are served, then the rest in stack order. One thread runs it; others tell it what is desired.
 */
@Component
class Convergence {
    private static final Logger LOG = LoggerFactory.getLogger(Convergence.class);
    /** Blocks are pulled, mapped and published in groups of about this size. */
    private static final long STEP_BYTES = 64L << 20;
    /** And in at least about so many steps, so that a small model too is seen to grow. */
    private static final int STEPS = 4;

    private static final Duration RETRY_PAUSE = Duration.ofSeconds(2);

    private final Puller puller;
    private final ResidentModels models;
    private final NodeSettings settings;
    private final ManifestTrust trust;
    private final Thread thread;

    // Guarded by this.
    private DesiredState desired = DesiredState.NOTHING;
    private boolean changed;
    private boolean closed;

    private volatile NodeState state = NodeState.EMPTY;
    private volatile @Nullable String problem;
    private volatile @Nullable Double lastResizeMillis;

    Convergence(Puller puller, ResidentModels models, NodeSettings settings, ManifestTrust trust) {
        this.puller = puller;
        this.models = models;
        this.settings = settings;
        this.trust = trust;
        this.thread = Thread.ofPlatform().name("convergence").daemon().start(this::run);
    }

    /** Says what the node ought to be; the work is done elsewhere. */
    synchronized void desire(DesiredState next) {
        if (!next.equals(desired)) {
            desired = next;
            changed = true;
            notifyAll();
        }
    }

    NodeState state() {
        return state;
    }

    /** Why the node is not what it ought to be, or null. */
    @Nullable
    String problem() {
        return problem;
    }

    @Nullable
    Double lastResizeMillis() {
        return lastResizeMillis;
    }

    long budgetBytes() {
        Long budgetBytes = desired().budgetBytes();
        return budgetBytes == null ? settings.ownBudgetBytes() : budgetBytes;
    }

    private synchronized DesiredState desired() {
        return desired;
    }

    private void run() {
        boolean again = false;
        while (awaitChange(again)) {
            try {
                converge();
                problem = null;
                again = false;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (BudgetTooSmallException e) {
                stay(e.getMessage());
                again = false;
            } catch (IOException | RuntimeException e) {
                if (isClosed()) {
                    return;
                }
                LOG.warn("could not become what the registry asks for; trying again in {}", RETRY_PAUSE, e);
                stay(e.getMessage());
                again = true;
            }
        }
    }

    private void stay(@Nullable String why) {
        problem = why;
        state(models.holding().isPresent() ? NodeState.READY : NodeState.EMPTY);
    }

    /** Waits for something to do. @return false when the node closes */
    private synchronized boolean awaitChange(boolean again) {
        try {
            long until = System.nanoTime() + RETRY_PAUSE.toNanos();
            while (!changed && !closed) {
                long leftMillis = again ? (until - System.nanoTime()) / 1_000_000 : Long.MAX_VALUE;
                if (leftMillis <= 0) {
                    break;
                }
                wait(leftMillis);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        changed = false;
        return !closed;
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private synchronized boolean isOutdated() {
        return changed || closed;
    }

    private void converge() throws IOException, InterruptedException {
        DesiredState.Deployment deployment = desired().deployment();
        if (deployment == null) {
            models.clear();
            state(NodeState.EMPTY);
            return;
        }
        StackManifest manifest = puller.manifest(deployment.stackDigest());
        trust.require(deployment.stackDigest(), manifest);
        StackPlanner planner = new StackPlanner(manifest);
        int target = target(planner, manifest, deployment);
        Holding holding = models.holding().orElse(null);
        if (holding == null || !isSame(holding, deployment)) {
            state(holding == null ? NodeState.LOADING : NodeState.READY);
            puller.pull(ResidentModels.base(manifest));
            puller.pull(blocks(manifest, 0, manifest.minimalBlocks()));
            models.replace(
                    deployment.model(),
                    deployment.version(),
                    deployment.stackDigest(),
                    manifest,
                    deployment.contextTokens());
            LOG.info(
                    "serving {} version {} from {} blocks on",
                    deployment.model(),
                    deployment.version(),
                    manifest.minimalBlocks());
        }
        state(NodeState.READY);
        resize(manifest, target);
    }

    private static boolean isSame(Holding holding, DesiredState.Deployment deployment) {
        return holding.served().stack().equals(deployment.stackDigest())
                && holding.served().name().equals(deployment.model())
                && holding.served().version() == deployment.version()
                && holding.served().contextTokens() == deployment.contextTokens();
    }

    /** A model that is held already is never given up for lack of memory; it goes down to its minimal prefix. */
    private int target(StackPlanner planner, StackManifest manifest, DesiredState.Deployment deployment)
            throws IOException, InterruptedException {
        try {
            return planner.plan(budgetBytes(), deployment.contextTokens()).blocks();
        } catch (BudgetTooSmallException e) {
            Holding holding = models.holding().orElse(null);
            if (holding != null && isSame(holding, deployment)) {
                resize(manifest, manifest.minimalBlocks());
            }
            throw e;
        }
    }

    private void resize(StackManifest manifest, int target) throws IOException, InterruptedException {
        int held = models.holding().map(Holding::blocks).orElseThrow();
        if (target == held) {
            return;
        }
        double millis = 0;
        int before = held;
        while (held != target && !isOutdated()) {
            int next = target < held ? target : nextStep(manifest, held, target);
            if (next > held) {
                puller.pull(blocks(manifest, held, next));
            }
            long start = System.nanoTime();
            if (!models.resize(next)) {
                LOG.warn("dropped blocks are still being read; their memory comes back when the reader is done");
            }
            millis += (System.nanoTime() - start) / 1e6;
            held = next;
        }
        lastResizeMillis = millis;
        LOG.info("{} blocks instead of {} after {} ms", held, before, Math.round(millis));
    }

    private static int nextStep(StackManifest manifest, int held, int target) {
        int most = Math.max(1, (target - manifest.minimalBlocks() + STEPS - 1) / STEPS);
        long bytes = 0;
        int next = held;
        while (next < target && next - held < most && bytes < STEP_BYTES) {
            bytes += manifest.blocks().get(next).sizeBytes();
            next++;
        }
        return next;
    }

    private static List<Descriptor> blocks(StackManifest manifest, int from, int to) {
        return manifest.blocks().subList(from, to).stream()
                .map(block -> new Descriptor(block.digest(), block.sizeBytes()))
                .toList();
    }

    private void state(NodeState next) {
        if (state.canTransitionTo(next)) {
            state = next;
        }
    }

    /** New requests should go elsewhere from now on. */
    void drain() {
        state = NodeState.DRAINING;
    }

    @PreDestroy
    void stop() throws InterruptedException {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        thread.interrupt();
        thread.join(Duration.ofSeconds(5));
    }
}
