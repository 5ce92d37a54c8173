package io.bitstack.compression.upload;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Uploads in PostgreSQL; times are by the database's clock. Whoever changes one locks its row first. */
@Repository
class UploadRepository {
    private static final String EXPIRY = " expires_at = now() + make_interval(secs => :expiry)";
    private static final String NOT_USED = " not exists (select 1 from compression.jobs j where j.state not in"
            + " ('done', 'failed', 'cancelled') and position(u.id::text in j.request) > 0)";
    private static final int MOST_AT_ONCE = 100;

    /** Rows of pieces that one file may have where the store keeps them as objects. */
    static final int MOST_PIECES = 100_000;

    /** @param object its name in the store */
    record Piece(long offsetBytes, long sizeBytes, String object) {}

    private final JdbcClient database;

    UploadRepository(JdbcClient database) {
        this.database = database;
    }

    void insert(UUID id, String owner, Duration expiry, List<UploadFile> files) {
        database.sql("insert into compression.uploads (id, owner, state, expires_at) values (:id, :owner, 'open',"
                        + " now() + make_interval(secs => :expiry))")
                .param("id", id)
                .param("owner", owner)
                .param("expiry", expiry.toSeconds())
                .update();
        for (int number = 0; number < files.size(); number++) {
            UploadFile file = files.get(number);
            database.sql("insert into compression.upload_files (upload_id, number, name, size_bytes)"
                            + " values (:id, :number, :name, :size)")
                    .param("id", id)
                    .param("number", number)
                    .param("name", file.name())
                    .param("size", file.sizeBytes())
                    .update();
        }
    }

    /** Until the end of the transaction nobody else counts uploads to add one. */
    void lockCounts() {
        database.sql("select pg_advisory_xact_lock(hashtext('compression.uploads'))")
                .query((row, number) -> true)
                .list();
    }

    int countOpen() {
        return database.sql("select count(*) from compression.uploads where state = 'open'")
                .query(Integer.class)
                .single();
    }

    int countOpen(String owner) {
        return database.sql("select count(*) from compression.uploads where state = 'open' and owner = :owner")
                .param("owner", owner)
                .query(Integer.class)
                .single();
    }

    /** Bytes that open uploads will still bring. */
    long expectedBytes() {
        return database.sql("select coalesce(sum(f.size_bytes - f.offset_bytes), 0) from compression.upload_files f"
                        + " join compression.uploads u on u.id = f.upload_id where u.state = 'open'")
                .query(Long.class)
                .single();
    }

    Optional<Upload> find(UUID id) {
        return database.sql("select * from compression.uploads where id = :id and state <> 'discarded'")
                .param("id", id)
                .query(this::upload)
                .optional();
    }

    /** Newest first; those older than {@code after}, if that is given. */
    List<Upload> list(@Nullable UUID after, int limit) {
        String older =
                after == null ? "" : " and sequence < (select sequence from compression.uploads where id = :after)";
        var statement = database.sql("select * from compression.uploads where state <> 'discarded'" + older
                        + " order by sequence desc limit :limit")
                .param("limit", limit);
        return (after == null ? statement : statement.param("after", after))
                .query(this::upload)
                .list();
    }

    /** Locks an upload until the end of the transaction. @return whether it is in a state */
    boolean lock(UUID id, UploadState state) {
        return database.sql("select state from compression.uploads where id = :id for update")
                .param("id", id)
                .query(String.class)
                .optional()
                .filter(state.written()::equals)
                .isPresent();
    }

    /** Makes a file longer by a piece, if it still has the length it had. */
    boolean advance(UUID id, UploadFile file, long sizeBytes, @Nullable String object) {
        boolean advanced = database.sql("update compression.upload_files set offset_bytes = offset_bytes + :size,"
                                + " pieces = pieces + 1 where upload_id = :id and name = :name"
                                + " and offset_bytes = :offset and pieces < :most")
                        .param("size", sizeBytes)
                        .param("id", id)
                        .param("name", file.name())
                        .param("offset", file.offsetBytes())
                        .param("most", object == null ? Integer.MAX_VALUE : MOST_PIECES)
                        .update()
                == 1;
        if (advanced && object != null) {
            database.sql("insert into compression.upload_pieces (upload_id, name, offset_bytes, size_bytes, object)"
                            + " values (:id, :name, :offset, :size, :object)")
                    .param("id", id)
                    .param("name", file.name())
                    .param("offset", file.offsetBytes())
                    .param("size", sizeBytes)
                    .param("object", object)
                    .update();
        }
        return advanced;
    }

    void reset(UUID id, String name) {
        database.sql("delete from compression.upload_pieces where upload_id = :id and name = :name")
                .param("id", id)
                .param("name", name)
                .update();
        database.sql("update compression.upload_files set offset_bytes = 0, pieces = 0"
                        + " where upload_id = :id and name = :name")
                .param("id", id)
                .param("name", name)
                .update();
    }

    List<Piece> pieces(UUID id, String name) {
        return database.sql("select offset_bytes, size_bytes, object from compression.upload_pieces"
                        + " where upload_id = :id and name = :name order by offset_bytes")
                .param("id", id)
                .param("name", name)
                .query((row, number) ->
                        new Piece(row.getLong("offset_bytes"), row.getLong("size_bytes"), row.getString("object")))
                .list();
    }

    void setState(UUID id, UploadState state) {
        database.sql("update compression.uploads set state = :state where id = :id")
                .param("state", state.written())
                .param("id", id)
                .update();
    }

    /** Lets an upload live for so long from now on. */
    void extend(UUID id, Duration expiry) {
        database.sql("update compression.uploads set" + EXPIRY + " where id = :id")
                .param("expiry", expiry.toSeconds())
                .param("id", id)
                .update();
    }

    /** Whether an unfinished job names an upload. */
    boolean isUsed(UUID id) {
        return database.sql("select not" + NOT_USED + " from compression.uploads u where u.id = :id")
                .param("id", id)
                .query(Boolean.class)
                .optional()
                .orElse(false);
    }

    /** Uploads whose time is over. */
    List<UUID> expired() {
        return ids("state <> 'discarded' and expires_at < now()");
    }

    /** Uploads whose bytes may still be there. */
    List<UUID> discarded() {
        return ids("state = 'discarded'");
    }

    private List<UUID> ids(String which) {
        return database.sql("select id from compression.uploads where " + which + " order by sequence limit "
                        + MOST_AT_ONCE)
                .query((row, number) -> row.getObject("id", UUID.class))
                .list();
    }

    void delete(UUID id) {
        database.sql("delete from compression.uploads where id = :id and state = 'discarded'")
                .param("id", id)
                .update();
    }

    private Upload upload(ResultSet row, int number) throws SQLException {
        UUID id = row.getObject("id", UUID.class);
        List<UploadFile> files = database.sql("select name, size_bytes, offset_bytes from compression.upload_files"
                        + " where upload_id = :id order by number")
                .param("id", id)
                .query((file, index) -> new UploadFile(
                        file.getString("name"), file.getLong("size_bytes"), file.getLong("offset_bytes")))
                .list();
        return new Upload(
                id,
                UploadState.parse(row.getString("state")),
                files,
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("expires_at", OffsetDateTime.class).toInstant());
    }
}
