package io.bitstack.registry.scrub;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.databind.json.JsonMapper;

/** Writes down what scrubs and checks have found; of each node, of each stack and of the store the last ones are kept. */
@Service
public class ScrubResults {
    private static final int KEPT_OF_EACH = 20;
    private static final int BAD_OF_PAGE = 100;

    private final JdbcClient jdbc;
    private final JsonMapper json;

    ScrubResults(JdbcClient jdbc, JsonMapper json) {
        this.jdbc = jdbc;
        this.json = json;
    }

    /**
     * A page of a check that a client makes page by page.
     *
     * @param after empty for the first one
     * @param next null for the last one
     */
    public record CheckedPage(
            String after,
            @Nullable String next,
            int checkedBlobs,
            long checkedBytes,
            List<BadBlob> bad,
            Duration took) {}

    /** What a node says of the last scrub of its cache. */
    public record NodeScrub(
            Instant startedAt,
            Instant endedAt,
            long checkedBlobs,
            long checkedBytes,
            long corruptBlobs,
            long repairedBlobs) {}

    /** A first page begins a result; another one belongs to the one of the same caller that ended where it begins, if there is one. */
    @Transactional
    public void checked(ScrubKind kind, String subject, CheckedPage page, String principal) {
        String bad = json.writeValueAsString(
                page.bad().subList(0, Math.min(BAD_OF_PAGE, page.bad().size())));
        double seconds = page.took().toMillis() / 1e3;
        if (page.after().isEmpty()) {
            jdbc.sql("insert into registry.scrub_results (id, kind, subject, started_at, ended_at, checked_blobs,"
                            + " checked_bytes, bad_blobs, bad, next, started_by) values (nextval('registry.scrub_ids'), ?, ?,"
                            + " now() - make_interval(secs => ?), case when ?::text is null then now() end, ?, ?, ?,"
                            + " ?::jsonb, ?, ?)")
                    .param(1, kind.wireName())
                    .param(2, subject)
                    .param(3, seconds)
                    .param(4, page.next())
                    .param(5, page.checkedBlobs())
                    .param(6, page.checkedBytes())
                    .param(7, page.bad().size())
                    .param(8, bad)
                    .param(9, page.next())
                    .param(10, principal)
                    .update();
            forgetOld(kind, subject);
        } else {
            jdbc.sql("update registry.scrub_results set ended_at = case when ?::text is null then now() end,"
                            + " checked_blobs = checked_blobs + ?, checked_bytes = checked_bytes + ?, bad_blobs ="
                            + " bad_blobs + ?, bad = case when jsonb_array_length(bad) < " + BAD_OF_PAGE
                            + " then bad || ?::jsonb else bad end, next = ? where id = (select r.id from"
                            + " registry.scrub_results r where r.kind = ? and r.subject = ? and r.next = ? and"
                            + " r.started_by = ? order by r.id desc limit 1 for update skip locked)")
                    .param(1, page.next())
                    .param(2, page.checkedBlobs())
                    .param(3, page.checkedBytes())
                    .param(4, page.bad().size())
                    .param(5, bad)
                    .param(6, page.next())
                    .param(7, kind.wireName())
                    .param(8, subject)
                    .param(9, page.after())
                    .param(10, principal)
                    .update();
        }
    }

    /** Said again and again until the next one is done; written down once. */
    @Transactional(propagation = Propagation.MANDATORY)
    public void scrubbed(String node, NodeScrub scrub, String principal) {
        int written = jdbc.sql(
                        "insert into registry.scrub_results (id, kind, subject, started_at, ended_at, checked_blobs,"
                                + " checked_bytes, bad_blobs, repaired_blobs, started_by) values (nextval('registry.scrub_ids'),"
                                + " 'node', ?, ?, ?, ?, ?, ?, ?, ?) on conflict (subject, started_at) where kind = 'node' do nothing")
                .params(
                        node,
                        scrub.startedAt().atOffset(ZoneOffset.UTC),
                        scrub.endedAt().atOffset(ZoneOffset.UTC),
                        scrub.checkedBlobs(),
                        scrub.checkedBytes(),
                        scrub.corruptBlobs(),
                        scrub.repairedBlobs(),
                        principal)
                .update();
        if (written > 0) {
            forgetOld(ScrubKind.NODE, node);
        }
    }

    private void forgetOld(ScrubKind kind, String subject) {
        jdbc.sql("delete from registry.scrub_results where kind = ? and subject = ? and id <= (select r.id from"
                        + " registry.scrub_results r where r.kind = ? and r.subject = ? order by r.id desc offset "
                        + KEPT_OF_EACH + " limit 1)")
                .params(kind.wireName(), subject, kind.wireName(), subject)
                .update();
    }

    /** The latest first. */
    List<ScrubResult> list(@Nullable ScrubKind kind, String subject, long after, int limit) {
        return jdbc.sql("select r.*, array(select m.name || '/' || v.number from registry.stacks s join"
                        + " registry.versions v on v.stack_id = s.id join registry.models m on m.id = v.model_id where"
                        + " r.kind = 'stack' and s.digest = r.subject and v.condemned_at is null order by 1 limit 10) as versions"
                        + " from registry.scrub_results r where r.id < ? and (?::text is null or r.kind = ?) and (? = '' or"
                        + " r.subject = ?) order by r.id desc limit ?")
                .param(1, after)
                .param(2, kind == null ? null : kind.wireName())
                .param(3, kind == null ? null : kind.wireName())
                .param(4, subject)
                .param(5, subject)
                .param(6, limit)
                .query(this::result)
                .list();
    }

    private ScrubResult result(ResultSet row, int ignored) throws SQLException {
        String subject = row.getString("subject");
        Timestamp ended = row.getTimestamp("ended_at");
        return new ScrubResult(
                row.getLong("id"),
                ScrubKind.parse(row.getString("kind")),
                subject.isEmpty() ? null : subject,
                row.getTimestamp("started_at").toInstant(),
                ended == null ? null : ended.toInstant(),
                row.getLong("checked_blobs"),
                row.getLong("checked_bytes"),
                row.getLong("bad_blobs"),
                row.getLong("repaired_blobs"),
                List.of(json.readValue(row.getString("bad"), BadBlob[].class)),
                List.of((String[]) row.getArray("versions").getArray()),
                row.getString("started_by"));
    }
}
