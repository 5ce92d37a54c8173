package io.bitstack.compression.job;

import io.bitstack.compression.encode.TaskBoard.Claim;
import io.bitstack.compression.encode.TaskBoard.Task;
import io.bitstack.compression.encode.TaskKind;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.support.TransactionTemplate;

/** Tasks of jobs in PostgreSQL. Every write names the token under which a worker holds the task, or the job. */
@Repository
class TaskRepository {
    private static final String LEASE = " lease_until = now() + make_interval(secs => :lease)";
    private static final String FREE = "(lease_until is null or lease_until < now())";
    private static final String TASK = " where job_id = :job and kind = :kind and number = :number";
    private static final String HELD = TASK + " and token = :token and result is null";
    /** Who leads the job still does. */
    private static final String LED = "exists (select 1 from compression.jobs where id = :job and token = :jobToken"
            + " and state not in ('done', 'failed', 'cancelled'))";
    /** Somebody leads the job, and it is to go on. */
    private static final String RUNNING = "exists (select 1 from compression.jobs where id = :job and"
            + " lease_until > now() and not paused and not cancel_requested"
            + " and state not in ('done', 'failed', 'cancelled'))";

    private final JdbcClient database;
    private final TransactionTemplate transaction;
    private final double leaseSeconds;

    TaskRepository(JdbcClient database, TransactionTemplate transaction, JobSettings settings) {
        this.database = database;
        this.transaction = transaction;
        this.leaseSeconds = settings.lease().toMillis() / 1e3;
    }

    /** A new leader: what an earlier one offered may say less than it has to. Claims that are held stay. */
    void takeOver(UUID job, long jobToken) {
        database.sql("update compression.tasks set offered = false where job_id = :job and result is null and " + LED)
                .param("job", job)
                .param("jobToken", jobToken)
                .update();
    }

    /** As {@link io.bitstack.compression.encode.TaskBoard#post}; false if the worker does not lead the job any more. */
    boolean post(UUID job, long jobToken, TaskKind kind, String basis, List<Task> tasks) {
        return Boolean.TRUE.equals(transaction.execute(status -> {
            boolean led = database.sql("select 1 from compression.jobs where id = :job and token = :token"
                            + " and state not in ('done', 'failed', 'cancelled') for share")
                    .param("job", job)
                    .param("token", jobToken)
                    .query(Integer.class)
                    .optional()
                    .isPresent();
            if (!led) {
                return false;
            }
            database.sql("delete from compression.tasks where job_id = :job and kind = :kind and basis <> :basis")
                    .param("job", job)
                    .param("kind", kind.written())
                    .param("basis", basis)
                    .update();
            for (Task task : tasks) {
                database.sql(
                                "insert into compression.tasks (job_id, kind, number, rank, place, weights, content, basis)"
                                        + " values (:job, :kind, :number, :rank, :place, :weights, :content, :basis)"
                                        + " on conflict (job_id, kind, number) do update set rank = excluded.rank,"
                                        + " content = excluded.content, offered = true where tasks.result is null")
                        .param("job", job)
                        .param("kind", kind.written())
                        .param("number", task.number())
                        .param("rank", task.rank())
                        .param("place", task.place())
                        .param("weights", task.weights())
                        .param("content", task.content())
                        .param("basis", basis)
                        .update();
            }
            return true;
        }));
    }

    /** @param jobToken of who leads the job; null for one who helps, and knows no more than a task's content */
    Optional<Claim> claim(
            UUID job,
            @Nullable Long jobToken,
            String worker,
            List<TaskKind> kinds,
            Set<String> places,
            long mostWeights) {
        String free =
                "select kind, number from compression.tasks where job_id = :job and kind = any(:kinds) and offered"
                        + " and result is null and " + FREE + " and weights <= :weights and "
                        + (jobToken == null ? "content <> '' and " + RUNNING : LED)
                        + " order by array_position(:kinds, kind), place = any(:places) desc,"
                        + " (kind, place) in (select kind, place from compression.tasks"
                        + " where job_id = :job and result is null and lease_until > now()),"
                        + " rank, number limit 1 for update skip locked";
        return database.sql("update compression.tasks set token = token + 1, worker = :worker," + LEASE
                        + " where job_id = :job and (kind, number) = (" + free + ") returning *")
                .param("worker", worker)
                .param("lease", leaseSeconds)
                .param("job", job)
                .param("kinds", kinds.stream().map(TaskKind::written).toArray(String[]::new))
                .param("weights", mostWeights)
                .param("places", places.toArray(String[]::new))
                .param("jobToken", jobToken == null ? 0 : jobToken)
                .query(TaskRepository::claim)
                .optional();
    }

    boolean prolong(UUID job, Claim claim) {
        return held(job, claim, "update compression.tasks set" + LEASE + HELD)
                        .param("lease", leaseSeconds)
                        .update()
                == 1;
    }

    boolean finish(UUID job, Claim claim, String result) {
        return held(job, claim, "update compression.tasks set result = :result, lease_until = null" + HELD)
                        .param("result", result)
                        .update()
                == 1;
    }

    void giveUp(UUID job, Claim claim) {
        held(job, claim, "update compression.tasks set lease_until = null" + HELD)
                .update();
    }

    private JdbcClient.StatementSpec held(UUID job, Claim claim, String sql) {
        return database.sql(sql)
                .param("job", job)
                .param("kind", claim.task().kind().written())
                .param("number", claim.task().number())
                .param("token", claim.token());
    }

    Map<Integer, String> results(UUID job, TaskKind kind, Set<Integer> known) {
        Map<Integer, String> results = new HashMap<>();
        database.sql("select number, result from compression.tasks where job_id = :job and kind = :kind"
                        + " and result is not null and number <> all(:known)")
                .param("job", job)
                .param("kind", kind.written())
                .param("known", known.toArray(Integer[]::new))
                .query(row -> {
                    results.put(row.getInt("number"), row.getString("result"));
                });
        return results;
    }

    void discard(UUID job, long jobToken, TaskKind kind, int number) {
        database.sql("update compression.tasks set result = null, lease_until = null" + TASK + " and " + LED)
                .param("job", job)
                .param("jobToken", jobToken)
                .param("kind", kind.written())
                .param("number", number)
                .update();
    }

    /** Shows that a worker helps, if the job is still to go on. */
    boolean help(UUID job, String worker) {
        return database.sql("insert into compression.helpers (job_id, worker, lease_until) select :job, :worker,"
                                + " now() + make_interval(secs => :lease) where " + RUNNING
                                + " on conflict (job_id, worker) do update set lease_until = excluded.lease_until")
                        .param("job", job)
                        .param("worker", worker)
                        .param("lease", leaseSeconds)
                        .update()
                == 1;
    }

    void leave(UUID job, String worker) {
        database.sql("delete from compression.helpers where job_id = :job and worker = :worker")
                .param("job", job)
                .param("worker", worker)
                .update();
    }

    boolean isHelped(UUID job) {
        return database.sql(
                        "select exists (select 1 from compression.helpers where job_id = :job and lease_until > now())")
                .param("job", job)
                .query(Boolean.class)
                .single();
    }

    /** Forgets the tasks of a job that is finished, and the requests for help that nobody has followed. */
    void forget(UUID job) {
        database.sql("delete from compression.scheduled_tasks where task_name = :task and not picked"
                        + " and task_instance like :instances")
                .param("task", HelpTask.NAME)
                .param("instances", job + "#%")
                .update();
        database.sql("delete from compression.tasks where job_id = :job and exists (select 1 from compression.jobs"
                        + " where id = :job and state in ('done', 'failed', 'cancelled'))")
                .param("job", job)
                .update();
    }

    private static Claim claim(ResultSet row, int number) throws SQLException {
        TaskKind kind = TaskKind.valueOf(row.getString("kind").toUpperCase(Locale.ROOT));
        return new Claim(
                new Task(
                        kind,
                        row.getInt("number"),
                        row.getInt("rank"),
                        row.getString("place"),
                        row.getLong("weights"),
                        row.getString("content")),
                row.getLong("token"));
    }
}
