package io.bitstack.inference.node;

import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackPlanner;
import io.bitstack.inference.budget.BudgetKeeper;
import io.bitstack.inference.engine.EngineReport;
import io.bitstack.inference.pull.Platform;
import io.bitstack.inference.pull.Puller;
import io.bitstack.inference.resident.Holding;
import io.bitstack.inference.resident.ResidentModels;
import io.bitstack.inference.security.AccessToken;
import io.bitstack.inference.settings.NodeSettings;
import jakarta.annotation.PreDestroy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Tells the registry how the node is, again and again, and hears what it ought to be. */
@Component
class NodeAgent {
    private static final Logger LOG = LoggerFactory.getLogger(NodeAgent.class);

    private final Platform platform;
    private final Puller puller;
    private final ResidentModels models;
    private final Convergence convergence;
    private final EngineReport engine;
    private final BudgetKeeper budget;
    private final Prober prober;
    private final Scrub scrub;
    private final RequestCounts requests;
    private final NodeSettings settings;
    private final AccessToken token;
    private final Environment environment;
    private final ApplicationEventPublisher events;
    private final JsonMapper json;
    private volatile @Nullable Thread thread;
    private volatile boolean closed;
    private final Instant startedAt = Instant.now();
    private volatile boolean reachable = true;
    private boolean isKnown;
    private volatile @Nullable Planned planned;

    /** The planner of a stack, made once. */
    private record Planned(Digest stack, StackPlanner planner) {}

    NodeAgent(
            Platform platform,
            Puller puller,
            ResidentModels models,
            Convergence convergence,
            EngineReport engine,
            BudgetKeeper budget,
            Prober prober,
            Scrub scrub,
            RequestCounts requests,
            NodeSettings settings,
            AccessToken token,
            Environment environment,
            ApplicationEventPublisher events,
            JsonMapper json) {
        this.platform = platform;
        this.puller = puller;
        this.models = models;
        this.convergence = convergence;
        this.engine = engine;
        this.budget = budget;
        this.prober = prober;
        this.scrub = scrub;
        this.requests = requests;
        this.settings = settings;
        this.token = token;
        this.environment = environment;
        this.events = events;
        this.json = json;
    }

    @EventListener(ApplicationReadyEvent.class)
    void start() {
        if (!settings.hasGateway()) {
            LOG.info("this node has no gateway; it serves what it was given");
            return;
        }
        thread = Thread.ofPlatform().name("heartbeat").daemon().start(this::run);
    }

    /** One last report, so that no request is sent here any more. */
    @EventListener(ContextClosedEvent.class)
    void drain() {
        if (thread != null && !closed) {
            boolean served = convergence.state() == NodeState.READY;
            convergence.drain();
            beat();
            if (served && reachable) {
                awaitGateways();
            }
        }
    }

    /** Until gateways have read the last report they send requests here; to refuse these would break connections that they keep open. */
    private void awaitGateways() {
        try {
            Thread.sleep(settings.drainDelay());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (!closed) {
            beat();
            try {
                Thread.sleep(settings.heartbeatInterval());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** A node that cannot reach the gateway goes on with what it has. */
    private synchronized void beat() {
        try {
            byte[] answer = platform.heartbeat(json.writeValueAsBytes(report()));
            convergence.desire(json.readValue(answer, DesiredState.class));
            if (!reachable) {
                LOG.info("the gateway at {} answers again", settings.gatewayUrl());
            }
            reachable = true;
            if (!isKnown) {
                isKnown = true;
                events.publishEvent(new ReportTaken());
            }
        } catch (IOException | JacksonException e) {
            if (reachable) {
                LOG.warn(
                        "the gateway at {} does not take the report ({}); the node goes on with what it has",
                        settings.gatewayUrl(),
                        e.toString());
            }
            reachable = false;
        }
    }

    /** How the node is now, the secret included. */
    NodeReport report() {
        // First: what is read after it may be of a later state, never of the one before.
        String settledOn = convergence.settledOn();
        Holding holding = models.holding().orElse(null);
        StackPlanner current = holding == null ? null : planner(holding);
        BudgetKeeper.Budget memory = budget.budget();
        long quota = puller.quotaBytes();
        return new NodeReport(
                settings.reachable() == NodeSettings.Reachable.DIRECT ? url() : null,
                settings.reachable(),
                token.value(),
                memory.budgetBytes(),
                settings.labelMap(),
                convergence.state(),
                holding == null ? null : holding.served().name(),
                holding == null ? null : holding.served().version(),
                holding == null ? null : holding.served().stack(),
                holding == null ? null : holding.served().contextTokens(),
                holding == null ? 0 : holding.blocks(),
                holding == null ? 0 : holding.bytes(),
                new NodeReport.Ledger(
                        holding == null ? 0 : holding.blocksBytes(),
                        holding == null ? 0 : holding.baseBytes(),
                        holding == null ? 0 : holding.tablesBytes(),
                        engine.kvHeldBytes(),
                        engine.scratchHeldBytes(),
                        memory.jvmBytes()),
                holding == null || current == null ? null : current.bpw(holding.blocks()),
                holding == null || current == null ? null : current.expectedPerplexity(holding.blocks()),
                engine.tokensPerSecond(),
                convergence.lastResizeMillis(),
                engine.activeRequests(),
                engine.queuedRequests(),
                puller.corruptBlobs(),
                convergence.problem(),
                new NodeReport.Cache(puller.cachedBytes(), quota == 0 ? null : quota, puller.pulledBytes()),
                new NodeReport.Memory(memory.limitBytes(), memory.processBytes(), memory.pressurePercent()),
                requests.now(),
                prober.result(),
                settledOn,
                convergence.firstPrefixMillis(),
                startedAt,
                scrub.lastRound());
    }

    private StackPlanner planner(Holding holding) {
        Planned known = planned;
        if (known == null || !known.stack.equals(holding.served().stack())) {
            known = new Planned(holding.served().stack(), new StackPlanner(holding.manifest()));
            planned = known;
        }
        return known.planner;
    }

    private URI url() {
        URI set = settings.url();
        if (set != null && !set.toString().isBlank()) {
            return set;
        }
        String host = environment.getProperty("server.address", "");
        try {
            String address = host.isBlank() ? InetAddress.getLocalHost().getHostAddress() : host;
            return URI.create("http://%s:%s".formatted(address, environment.getRequiredProperty("local.server.port")));
        } catch (UnknownHostException e) {
            throw new IllegalStateException(
                    "this machine's address is not known; set bitstack.node.url to where the gateway reaches it", e);
        }
    }

    @PreDestroy
    void stop() throws InterruptedException {
        closed = true;
        Thread running = thread;
        if (running != null) {
            running.interrupt();
            running.join(Duration.ofSeconds(5));
        }
    }
}
