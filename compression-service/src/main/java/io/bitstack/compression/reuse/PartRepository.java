package io.bitstack.compression.reuse;

import io.bitstack.compression.encode.PartMemory;
import io.bitstack.compression.encode.PartText;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Encoded parts in PostgreSQL, shared by all workers. A part that was not asked for in 90 days is forgotten. */
@Repository
public class PartRepository implements PartMemory {
    private static final Logger LOG = LoggerFactory.getLogger(PartRepository.class);

    private final JdbcClient database;

    PartRepository(JdbcClient database) {
        this.database = database;
    }

    @Override
    public Optional<Part> find(String key) {
        try {
            return database.sql(
                            "update compression.encoded_parts set used_at = now() where key = :key returning content")
                    .param("key", key)
                    .query(String.class)
                    .optional()
                    .map(PartText::read);
        } catch (DataAccessException e) {
            // Encoding it again costs time, and gives the same.
            LOG.warn("an encoded part could not be looked up: {}", e.getMessage());
            return Optional.empty();
        }
    }

    @Override
    public void keep(String key, Part part) {
        try {
            database.sql("insert into compression.encoded_parts (key, content) values (:key, :content)"
                            + " on conflict (key) do update set content = excluded.content, used_at = now()")
                    .param("key", key)
                    .param("content", PartText.write(part))
                    .update();
            database.sql("delete from compression.encoded_parts where used_at < now() - interval '90 days'")
                    .update();
        } catch (DataAccessException e) {
            LOG.warn("an encoded part could not be remembered: {}", e.getMessage());
        }
    }
}
