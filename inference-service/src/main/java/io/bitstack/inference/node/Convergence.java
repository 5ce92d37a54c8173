package io.bitstack.inference.node;

import io.bitstack.core.stack.BudgetTooSmallException;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.KvPrecision;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.stack.StackPlanner;
import io.bitstack.inference.budget.BudgetKeeper;
import io.bitstack.inference.engine.EngineSettings;
import io.bitstack.inference.pull.Puller;
import io.bitstack.inference.resident.Holding;
import io.bitstack.inference.resident.ResidentModels;
import io.bitstack.inference.trust.ManifestTrust;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import jakarta.annotation.PreDestroy;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
    private final BudgetKeeper budget;
    private final Prober prober;
    private final KeptState kept;
    private final ManifestTrust trust;
    private final KvPrecision kvPrecision;
    private final Thread thread;

    // Guarded by this.
    private DesiredState desired = DesiredState.NOTHING;
    private boolean changed;
    private boolean closed;

    private volatile NodeState state = NodeState.EMPTY;
    private volatile @Nullable String problem;
    private volatile @Nullable Double lastResizeMillis;
    private volatile @Nullable Double firstPrefixMillis;
    private volatile @Nullable String settledOn;

    Convergence(
            Puller puller,
            ResidentModels models,
            BudgetKeeper budget,
            Prober prober,
            KeptState kept,
            ManifestTrust trust,
            EngineSettings engine,
            MeterRegistry registry) {
        this.puller = puller;
        this.models = models;
        this.budget = budget;
        this.prober = prober;
        this.kept = kept;
        this.trust = trust;
        this.kvPrecision = engine.kvPrecision();
        TimeGauge.builder("bitstack.inference.first.prefix.time", this::firstPrefixMillis, TimeUnit.MILLISECONDS)
                .description(
                        "from being told what to serve, with nothing held, to the first prefix that could be served")
                .register(registry);
        desire(kept.read());
        budget.onChange(this::again);
        this.thread = Thread.ofPlatform().name("convergence").daemon().start(this::run);
    }

    /** Says what the node ought to be; the work is done elsewhere. */
    final void desire(DesiredState next) {
        if (next.equals(desired())) {
            return;
        }
        DesiredState.Deployment deployment = next.deployment();
        prober.want(deployment == null ? null : deployment.probe());
        // Before the thread hears of the state: else it might become so within the budget of the state before.
        budget.want(next.budgetBytes(), next.budgetShare());
        synchronized (this) {
            desired = next;
            settledOn = null;
            changed = true;
            notifyAll();
        }
        kept.write(next);
    }

    /** Something else than what is desired has changed: what is held is to be looked at again. */
    synchronized void again() {
        changed = true;
        notifyAll();
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

    /** How long it took from an empty node to the first prefix that could be served; null until there was one. */
    @Nullable
    Double firstPrefixMillis() {
        return firstPrefixMillis;
    }

    /** The revision of the desired state that the node has become; null while it is on its way, or cannot get there. */
    @Nullable
    String settledOn() {
        return settledOn;
    }

    private synchronized DesiredState desired() {
        return desired;
    }

    private void run() {
        boolean again = false;
        while (awaitChange(again)) {
            DesiredState goal = desired();
            try {
                problem = converge(goal.deployment());
                settle(goal);
                again = false;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (BudgetTooSmallException | BelowFloorException e) {
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

    private synchronized void settle(DesiredState goal) {
        if (!changed && goal.equals(desired) && problem == null) {
            settledOn = goal.revision();
        }
    }

    private void stay(@Nullable String why) {
        settledOn = null;
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

    /** @return why the node is less than it was asked to be, or null */
    private @Nullable String converge(DesiredState.@Nullable Deployment deployment)
            throws IOException, InterruptedException {
        if (deployment == null) {
            models.clear();
            state(NodeState.EMPTY);
            return budget.budget().problem();
        }
        long began = System.nanoTime();
        StackManifest manifest = puller.manifest(deployment.stackDigest());
        trust.require(deployment.stackDigest(), manifest);
        StackPlanner planner = new StackPlanner(manifest);
        Target target = target(planner, manifest, deployment);
        List<Descriptor> base = ResidentModels.base(manifest);
        puller.use(Usefulness.order(deployment.stackDigest(), base, manifest), 1 + base.size() + target.blocks());
        Holding holding = models.holding().orElse(null);
        if (holding == null || !isSame(holding, deployment)) {
            state(holding == null ? NodeState.LOADING : NodeState.READY);
            puller.pullBase(deployment.stackDigest(), base);
            puller.pullBlocks(deployment.stackDigest(), 0, blocks(manifest, 0, manifest.minimalBlocks()));
            if (holding != null) {
                // For a moment both are in memory.
                resize(
                        holding.manifest(),
                        holding.served().stack(),
                        holding.manifest().minimalBlocks());
            }
            models.replace(
                    deployment.model(),
                    deployment.version(),
                    deployment.stackDigest(),
                    manifest,
                    deployment.contextTokens());
            double millis = (System.nanoTime() - began) / 1e6;
            if (holding == null) {
                firstPrefixMillis = millis;
            }
            LOG.info(
                    "serving {} version {} from {} blocks on, after {} ms",
                    deployment.model(),
                    deployment.version(),
                    manifest.minimalBlocks(),
                    Math.round(millis));
        }
        state(NodeState.READY);
        resize(manifest, deployment.stackDigest(), target.blocks());
        String less = target.problem();
        return less == null ? budget.budget().problem() : less;
    }

    private static boolean isSame(Holding holding, DesiredState.Deployment deployment) {
        return holding.served().stack().equals(deployment.stackDigest())
                && holding.served().name().equals(deployment.model())
                && holding.served().version() == deployment.version()
                && holding.served().contextTokens() == deployment.contextTokens();
    }

    /** @param problem why it is not what the deployment asks for */
    private record Target(int blocks, @Nullable String problem) {}

    /** A model that is held already is never given up for lack of memory; it goes down to its minimal prefix. */
    private Target target(StackPlanner planner, StackManifest manifest, DesiredState.Deployment deployment)
            throws IOException, InterruptedException {
        Holding holding = models.holding().orElse(null);
        boolean held = holding != null && isSame(holding, deployment);
        int blocks;
        try {
            blocks = planner.plan(budget.budget().modelBytes(), deployment.contextTokens(), kvPrecision)
                    .blocks();
        } catch (BudgetTooSmallException e) {
            if (held) {
                resize(manifest, deployment.stackDigest(), manifest.minimalBlocks());
            }
            throw e;
        }
        Integer most = deployment.maxBlocks();
        if (most != null) {
            blocks = Math.max(manifest.minimalBlocks(), Math.min(blocks, most));
        }
        String problem = null;
        long quota = puller.quotaBytes();
        if (quota > 0) {
            int cached = planner.prefixWithin(quota - ManifestJson.write(manifest).length);
            if (cached < blocks) {
                problem = "the cache's quota of %d bytes holds %d blocks, where the budget would hold %d"
                        .formatted(quota, cached, blocks);
                blocks = Math.max(manifest.minimalBlocks(), cached);
            }
        }
        Integer least = deployment.minBlocks();
        if (least != null && blocks < least) {
            problem = "the budget of %d bytes buys %d blocks, and the deployment asks for at least %d"
                    .formatted(budget.budget().modelBytes(), blocks, least);
            if (!held) {
                throw new BelowFloorException(problem);
            }
        }
        return new Target(blocks, problem);
    }

    private void resize(StackManifest manifest, Digest stack, int target) throws IOException, InterruptedException {
        int held = models.holding().map(Holding::blocks).orElseThrow();
        if (target == held) {
            return;
        }
        double millis = 0;
        int before = held;
        while (held != target && !isOutdated()) {
            int next = target < held ? target : nextStep(manifest, held, target);
            if (next > held) {
                puller.pullBlocks(stack, held, blocks(manifest, held, next));
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

    /** The deployment asks for better quality than this node can hold. */
    private static final class BelowFloorException extends RuntimeException {
        private static final long serialVersionUID = 1;

        BelowFloorException(String message) {
            super(message);
        }
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
