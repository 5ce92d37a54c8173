package io.bitstack.compression.job;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** What happened to each job, line by line, for people to read. Losing a line harms nothing. */
@Repository
class JobLog {
    /** Lines kept of a job; the first ones tell how it began and go last, so later ones are left out. */
    static final int MAX_LINES = 5000;

    private static final int MAX_CHARACTERS = 2000;
    private static final Logger LOG = LoggerFactory.getLogger(JobLog.class);

    /** @param sequence what to send as {@code after} for the lines after this one */
    record Line(long sequence, Instant at, String message) {}

    private final JdbcClient database;

    JobLog(JdbcClient database) {
        this.database = database;
    }

    /** Adds a line; a database that does not answer is no reason to stop the work. */
    void add(UUID job, String message) {
        LOG.info("job {}: {}", job, message);
        try {
            database.sql("insert into compression.job_log (job_id, message) select :job, :message"
                            + " where (select count(*) from compression.job_log where job_id = :job) < :most")
                    .param("job", job)
                    .param(
                            "message",
                            message.length() > MAX_CHARACTERS ? message.substring(0, MAX_CHARACTERS) + "…" : message)
                    .param("most", MAX_LINES)
                    .update();
        } catch (DataAccessException e) {
            LOG.warn("a line of the log of job {} could not be written: {}", job, e.getMessage());
        }
    }

    /** The lines after one, oldest first. */
    List<Line> list(UUID job, long after, int limit) {
        return database.sql("select sequence, written_at, message from compression.job_log"
                        + " where job_id = :job and sequence > :after order by sequence limit :limit")
                .param("job", job)
                .param("after", after)
                .param("limit", limit)
                .query((row, number) -> new Line(
                        row.getLong("sequence"),
                        row.getObject("written_at", OffsetDateTime.class).toInstant(),
                        row.getString("message")))
                .list();
    }
}
