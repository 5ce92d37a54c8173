package io.bitstack.compression.job;

import io.bitstack.compression.encode.TaskBoard;
import io.bitstack.compression.encode.TaskKind;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

/** One worker's view of a job's tasks. While it is open, the leases of the tasks that the worker holds do not run out. */
final class JobBoard implements TaskBoard, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JobBoard.class);

    private final TaskRepository tasks;
    private final Patience patience;
    private final UUID job;
    private final @Nullable Long jobToken;
    private final Worker worker;
    private final JobLog log;
    private final Map<TaskKind, Integer> done = new EnumMap<>(TaskKind.class);
    private final Set<Claim> held = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService ticker;
    private final ScheduledFuture<?> ticks;

    /** @param jobToken of who leads the job; null for one who helps */
    JobBoard(
            TaskRepository tasks,
            Patience patience,
            UUID job,
            @Nullable Long jobToken,
            Worker worker,
            JobLog log,
            JobSettings settings) {
        this.tasks = tasks;
        this.patience = patience;
        this.job = job;
        this.jobToken = jobToken;
        this.worker = worker;
        this.log = log;
        this.ticker = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("job-tasks-" + job).daemon().factory());
        long restMillis = Math.max(1, settings.lease().toMillis() / 4);
        ticks = ticker.scheduleWithFixedDelay(this::prolong, restMillis, restMillis, TimeUnit.MILLISECONDS);
    }

    private void prolong() {
        try {
            held.forEach(claim -> tasks.prolong(job, claim));
        } catch (DataAccessException e) {
            LOG.warn("the leases of tasks of job {} could not be prolonged: {}", job, e.getMessage());
        }
    }

    /** Makes the worker the one who leads the job. */
    JobBoard lead() {
        long token = leaderToken();
        patience.with("job " + job, () -> {
            tasks.takeOver(job, token);
            return true;
        });
        return this;
    }

    @Override
    public void post(TaskKind kind, String basis, List<Task> posted) {
        long token = leaderToken();
        if (!patience.with("job " + job, () -> tasks.post(job, token, kind, basis, posted))) {
            throw new CancellationException("another worker leads the job");
        }
    }

    private long leaderToken() {
        if (jobToken == null) {
            throw new IllegalStateException("only who leads a job posts its tasks");
        }
        return jobToken;
    }

    @Override
    public Optional<Claim> claim(List<TaskKind> kinds, Set<String> places, long mostWeights) {
        Optional<Claim> claim = patience.with(
                "job " + job, () -> tasks.claim(job, jobToken, worker.name(), kinds, places, mostWeights));
        claim.ifPresent(held::add);
        return claim;
    }

    @Override
    public void finish(Claim claim, String result) {
        if (patience.with("job " + job, () -> tasks.finish(job, claim, result))) {
            synchronized (done) {
                done.merge(claim.task().kind(), 1, Integer::sum);
            }
        } else {
            LOG.info("{} of job {} was taken by another worker", claim.task(), job);
        }
        held.remove(claim);
    }

    @Override
    public void giveUp(Claim claim) {
        held.remove(claim);
        try {
            tasks.giveUp(job, claim);
        } catch (DataAccessException e) {
            LOG.warn("a task of job {} is free only when its lease has run out: {}", job, e.getMessage());
        }
    }

    @Override
    public Map<Integer, String> results(TaskKind kind, Set<Integer> known) {
        return patience.with("job " + job, () -> tasks.results(job, kind, known));
    }

    @Override
    public void discard(TaskKind kind, int number) {
        long token = leaderToken();
        patience.with("job " + job, () -> {
            tasks.discard(job, token, kind, number);
            return true;
        });
    }

    @Override
    public boolean isHelped() {
        return patience.with("job " + job, () -> tasks.isHelped(job));
    }

    /** Says in the job's log what the worker did. */
    @Override
    public void close() {
        ticks.cancel(false);
        ticker.close();
        synchronized (done) {
            log.add(
                    job,
                    "worker %s has done %s"
                            .formatted(
                                    worker.name(),
                                    done.isEmpty()
                                            ? "no tasks"
                                            : done.entrySet().stream()
                                                    .map(entry -> entry.getKey().written() + " " + entry.getValue())
                                                    .collect(Collectors.joining(", "))));
        }
    }
}
