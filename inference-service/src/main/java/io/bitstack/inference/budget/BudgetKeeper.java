package io.bitstack.inference.budget;

import io.bitstack.inference.engine.EngineReport;
import io.bitstack.inference.resident.Holding;
import io.bitstack.inference.resident.ResidentModels;
import io.bitstack.inference.settings.NodeSettings;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.PreDestroy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Says how many bytes the model may take, looks at the system every second, and accounts for what is held. */
@Component
public class BudgetKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(BudgetKeeper.class);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final double DEFAULT_SHARE = 0.5;
    private static final String METER = "bitstack.inference.";

    private final NodeSettings settings;
    private final ResidentModels models;
    private final EngineReport engine;
    private final SystemMemory system;
    private final BudgetPolicy policy;
    private final JvmOverhead overhead = new JvmOverhead();
    private final Thread thread;
    private volatile boolean closed;
    private volatile Runnable listener = () -> {};

    private BudgetPolicy.Wanted wanted;
    private boolean isOfOthers;
    private volatile Budget current;

    /**
     * The budget at a moment.
     *
     * @param budgetBytes as it was asked for, or as a share comes to now
     * @param modelBytes of it, what weights, KV cache and scratch may take
     * @param limitBytes of cgroup or machine
     * @param processBytes resident memory of the process
     * @param jvmBytes of it, what does not belong to the model
     * @param problem why the budget is not what was asked for
     */
    public record Budget(
            long budgetBytes,
            long modelBytes,
            long limitBytes,
            long processBytes,
            long jvmBytes,
            @Nullable Double pressurePercent,
            @Nullable String problem) {}

    BudgetKeeper(NodeSettings settings, ResidentModels models, EngineReport engine, MeterRegistry registry) {
        this.settings = settings;
        this.models = models;
        this.engine = engine;
        this.system = new SystemMemory(Path.of(settings.systemRoot()));
        this.policy = new BudgetPolicy(settings.budgetDwell());
        this.wanted = own();
        this.current = compute();
        this.thread = Thread.ofPlatform().name("budget").daemon().start(this::run);
        gauge(registry, "budget", "what the node may use", Budget::budgetBytes);
        gauge(registry, "budget.model", "of it, what weights, KV cache and scratch may take", Budget::modelBytes);
        gauge(registry, "memory.limit", "memory of the cgroup or the machine", Budget::limitBytes);
        gauge(registry, "memory.process", "resident memory of the process", Budget::processBytes);
        Gauge.builder(METER + "memory.pressure", this, keeper -> {
                    Double percent = keeper.current.pressurePercent();
                    return percent == null ? Double.NaN : percent;
                })
                .baseUnit("percent")
                .description("of the last ten seconds, how long something waited for memory")
                .register(registry);
        ledger(
                registry,
                "blocks",
                keeper -> keeper.models.holding().map(Holding::blocksBytes).orElse(0L));
        ledger(
                registry,
                "base",
                keeper -> keeper.models.holding().map(Holding::baseBytes).orElse(0L));
        ledger(
                registry,
                "tables",
                keeper -> keeper.models.holding().map(Holding::tablesBytes).orElse(0L));
        ledger(registry, "kv-cache", keeper -> keeper.engine.kvHeldBytes());
        ledger(registry, "scratch", keeper -> keeper.engine.scratchHeldBytes());
        ledger(registry, "jvm", keeper -> keeper.current.jvmBytes());
    }

    private void gauge(MeterRegistry registry, String name, String what, ToDoubleFunction<Budget> value) {
        Gauge.builder(METER + name, this, keeper -> value.applyAsDouble(keeper.current))
                .baseUnit("bytes")
                .description(what)
                .register(registry);
    }

    private void ledger(MeterRegistry registry, String part, ToDoubleFunction<BudgetKeeper> value) {
        Gauge.builder(METER + "ledger", this, value)
                .tag("part", part)
                .baseUnit("bytes")
                .description("what the node holds, by what for")
                .register(registry);
    }

    /** Whom to tell when what the model may take has changed. */
    public void onChange(Runnable listener) {
        this.listener = listener;
    }

    public Budget budget() {
        return current;
    }

    /** Others say what the budget is; null for both gives the node back to its own setting. */
    public void want(@Nullable Long bytes, @Nullable Double share) {
        synchronized (this) {
            isOfOthers = bytes != null || share != null;
            wanted = bytes != null
                    ? new BudgetPolicy.Wanted(bytes, 0)
                    : share != null ? new BudgetPolicy.Wanted(0, share) : own();
        }
        look();
    }

    private BudgetPolicy.Wanted own() {
        if (settings.budgetBytes() > 0) {
            return new BudgetPolicy.Wanted(settings.budgetBytes(), 0);
        }
        return new BudgetPolicy.Wanted(0, settings.budgetShare() > 0 ? settings.budgetShare() : DEFAULT_SHARE);
    }

    private void run() {
        while (!closed) {
            try {
                Thread.sleep(LOOK);
                look();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (RuntimeException e) {
                LOG.warn("the budget could not be looked at", e);
            }
        }
    }

    private void look() {
        if (renew()) {
            listener.run();
        }
    }

    /**
     * In one step: who looks once a second must not put a budget back that others have just replaced.
     *
     * @return whether the model may take more or less than before
     */
    private synchronized boolean renew() {
        long before = current.modelBytes();
        current = compute();
        return current.modelBytes() != before;
    }

    private Budget compute() {
        long limit = system.limitBytes();
        OptionalDouble pressure = system.pressurePercent();
        long budget = policy.next(wanted, limit, pressure, System.nanoTime());
        long process = system.processBytes();
        long held = models.holding().map(Holding::bytes).orElse(0L) + engine.kvHeldBytes() + engine.scratchHeldBytes();
        long beside = Math.max(0, process - held);
        boolean coversProcess = settings.budgetCovers() == NodeSettings.BudgetScope.PROCESS
                || (wanted.bytes() == 0 && isShareOfProcess());
        long reserved = overhead.observe(beside);
        String problem = wanted.bytes() > limit
                ? "a budget of %d bytes was asked for, but there are %d bytes of memory; it is kept to these"
                        .formatted(wanted.bytes(), limit)
                : null;
        return new Budget(
                budget,
                coversProcess ? Math.max(0, budget - reserved) : budget,
                limit,
                process,
                beside,
                pressure.isPresent() ? Double.valueOf(pressure.getAsDouble()) : null,
                problem);
    }

    /** Half of the memory, where nobody said anything, is for the model, as ever; a share that was asked for is for the process. */
    private boolean isShareOfProcess() {
        return isOfOthers || settings.budgetShare() > 0;
    }

    @PreDestroy
    void stop() throws InterruptedException {
        closed = true;
        thread.interrupt();
        thread.join(Duration.ofSeconds(5));
    }
}
