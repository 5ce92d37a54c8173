package io.bitstack.compression.job;

import io.bitstack.compression.encode.Step;
import io.bitstack.compression.error.ErrorCode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import tools.jackson.databind.json.JsonMapper;

/** Jobs in PostgreSQL. What a worker writes is fenced by its token and tells whether it was written. */
@Repository
class JobRepository {
    private static final String UNFINISHED = "state not in ('done', 'failed', 'cancelled')";
    private static final String LEASE = " lease_until = now() + make_interval(secs => :lease)";
    private static final String NO_LEASE = " lease_until = null";
    private static final String FENCE = " where id = :id and token = :token and " + UNFINISHED;

    private final JdbcClient database;
    private final JsonMapper json;
    private final double leaseSeconds;

    JobRepository(JdbcClient database, JsonMapper json, JobSettings settings) {
        this.database = database;
        this.json = json;
        this.leaseSeconds = settings.lease().toMillis() / 1e3;
    }

    void insert(UUID id, String owner, JobRequest request, @Nullable UUID retryOf) {
        database.sql("insert into compression.jobs (id, owner, priority, model, request, retry_of, state)"
                        + " values (:id, :owner, :priority, :model, :request, :retryOf, 'queued')")
                .param("retryOf", retryOf)
                .param("owner", owner)
                .param("priority", request.priorityOrDefault())
                .param("id", id)
                .param("model", request.model())
                .param("request", json.writeValueAsString(request))
                .update();
    }

    int countUnfinished() {
        return database.sql("select count(*) from compression.jobs where " + UNFINISHED)
                .query(Integer.class)
                .single();
    }

    int countUnfinished(String owner) {
        return database.sql("select count(*) from compression.jobs where owner = :owner and " + UNFINISHED)
                .param("owner", owner)
                .query(Integer.class)
                .single();
    }

    /** Until the end of the transaction nobody else counts jobs to add one. */
    void lockCounts() {
        database.sql("select pg_advisory_xact_lock(hashtext('compression.jobs'))")
                .query((row, number) -> true)
                .list();
    }

    /** Unfinished jobs that no worker holds, that do not rest, and that no scheduled task names. */
    List<Job> withoutTask(String taskName) {
        return database.sql("select * from compression.jobs where " + UNFINISHED
                        + " and not paused and (lease_until is null or lease_until < now()) and not exists"
                        + " (select 1 from compression.scheduled_tasks where task_name = :task and"
                        + " task_instance = id::text) limit 1000")
                .param("task", taskName)
                .query(this::job)
                .list();
    }

    /** Whether a worker runs the job, and is not to stop. */
    boolean isLed(UUID id) {
        return database.sql("select exists (select 1 from compression.jobs where id = :id and " + UNFINISHED
                        + " and not paused and not cancel_requested and lease_until > now())")
                .param("id", id)
                .query(Boolean.class)
                .single();
    }

    /** Whether a job could be run if there were a worker for it. */
    boolean isWaiting(String taskName) {
        return database.sql("select exists (select 1 from compression.scheduled_tasks where task_name = :task"
                        + " and not picked and execution_time <= now())")
                .param("task", taskName)
                .query(Boolean.class)
                .single();
    }

    Optional<Job> find(UUID id) {
        return database.sql("select * from compression.jobs where id = :id")
                .param("id", id)
                .query(this::job)
                .optional();
    }

    /** Newest first; those older than {@code after}, if that is given. */
    List<Job> list(@Nullable UUID after, int limit) {
        String where =
                after == null ? "" : " where sequence < (select sequence from compression.jobs where id = :after)";
        var statement = database.sql("select * from compression.jobs" + where + " order by sequence desc limit :limit")
                .param("limit", limit);
        return (after == null ? statement : statement.param("after", after))
                .query(this::job)
                .list();
    }

    /**
     * Takes a job for this worker; empty if it is finished, rests, is held by a worker whose lease has not run out, or is not
     * there.
     */
    Optional<Job> claim(UUID id) {
        return database.sql("update compression.jobs set token = token + 1, state = 'validating', step = 'validate',"
                        + " matrices_done = 0, matrices_total = 0, bytes_written = 0, eta_seconds = null,"
                        + " current_matrix = null, current_error = null, started_at = coalesce(started_at, now()),"
                        + LEASE + " where id = :id and " + UNFINISHED
                        + " and not paused and (lease_until is null or lease_until < now()) returning *")
                .param("lease", leaseSeconds)
                .param("id", id)
                .query(this::job)
                .optional();
    }

    /** Puts a claimed job back, to be claimed again later. */
    boolean release(UUID id, long token, int failures) {
        return database.sql("update compression.jobs set state = 'queued', step = null, eta_seconds = null,"
                                + " current_matrix = null, current_error = null, failures = :failures," + NO_LEASE
                                + FENCE)
                        .param("failures", failures)
                        .param("id", id)
                        .param("token", token)
                        .update()
                == 1;
    }

    /** Writes how far the job is, and its state with it. */
    boolean progress(UUID id, long token, JobState state, JobProgress progress) {
        return database.sql("update compression.jobs set state = :state, step = :step, matrices_done = :done,"
                                + " matrices_total = :total, bytes_written = :bytes, eta_seconds = :eta,"
                                + " current_matrix = :current, current_error = :error," + LEASE + FENCE)
                        .param("lease", leaseSeconds)
                        .param("error", progress.currentError())
                        .param("state", state.written())
                        .param("step", progress.step() == null ? null : written(progress.step()))
                        .param("done", progress.matricesDone())
                        .param("total", progress.matricesTotal())
                        .param("bytes", progress.bytesWritten())
                        .param("eta", progress.etaSeconds())
                        .param("current", progress.currentMatrix())
                        .param("id", id)
                        .param("token", token)
                        .update()
                == 1;
    }

    boolean done(UUID id, long token, int version, String stackDigest) {
        return database.sql("update compression.jobs set state = 'done', version = :version, stack_digest = :digest,"
                                + " finished_at = now()," + NO_LEASE + FENCE + " and state = 'publishing'")
                        .param("version", version)
                        .param("digest", stackDigest)
                        .param("id", id)
                        .param("token", token)
                        .update()
                == 1;
    }

    boolean failed(UUID id, long token, ErrorCode code, String detail) {
        return database.sql("update compression.jobs set state = 'failed', error_code = :code, error_detail = :detail,"
                                + " finished_at = now()," + NO_LEASE + FENCE)
                        .param("code", code.name())
                        .param("detail", detail)
                        .param("id", id)
                        .param("token", token)
                        .update()
                == 1;
    }

    boolean cancelled(UUID id, long token) {
        return database.sql("update compression.jobs set state = 'cancelled', finished_at = now()," + NO_LEASE + FENCE)
                        .param("id", id)
                        .param("token", token)
                        .update()
                == 1;
    }

    /**
     * Cancels a job that no worker holds at once, and asks the worker of another to stop. False if it is finished or not there.
     */
    boolean requestCancel(UUID id) {
        String free = "state = 'queued' or lease_until is null or lease_until < now()";
        return database.sql("update compression.jobs set cancel_requested = true,"
                                + " finished_at = case when " + free + " then now() else finished_at end,"
                                + " state = case when " + free + " then 'cancelled' else state end"
                                + " where id = :id and " + UNFINISHED)
                        .param("id", id)
                        .update()
                == 1;
    }

    /** False if the job is finished or not there. */
    boolean setPaused(UUID id, boolean paused) {
        return database.sql("update compression.jobs set paused = :paused where id = :id and " + UNFINISHED)
                        .param("paused", paused)
                        .param("id", id)
                        .update()
                == 1;
    }

    private Job job(ResultSet row, int number) throws SQLException {
        String step = row.getString("step");
        String code = row.getString("error_code");
        return new Job(
                row.getObject("id", UUID.class),
                row.getString("model"),
                row.getString("owner"),
                row.getInt("priority"),
                json.readValue(row.getString("request"), JobRequest.class),
                row.getObject("retry_of", UUID.class),
                JobState.parse(row.getString("state")),
                row.getLong("token"),
                row.getInt("failures"),
                row.getBoolean("cancel_requested"),
                row.getBoolean("paused"),
                new JobProgress(
                        step == null ? null : Step.valueOf(step.toUpperCase(Locale.ROOT)),
                        row.getInt("matrices_done"),
                        row.getInt("matrices_total"),
                        row.getLong("bytes_written"),
                        row.getObject("eta_seconds", Long.class),
                        row.getString("current_matrix"),
                        row.getObject("current_error", Double.class)),
                code == null ? null : ErrorCode.valueOf(code),
                row.getString("error_detail"),
                row.getObject("version", Integer.class),
                row.getString("stack_digest"),
                row.getObject("created_at", OffsetDateTime.class),
                row.getObject("started_at", OffsetDateTime.class),
                row.getObject("finished_at", OffsetDateTime.class));
    }

    private static String written(Step step) {
        return step.name().toLowerCase(Locale.ROOT);
    }
}
