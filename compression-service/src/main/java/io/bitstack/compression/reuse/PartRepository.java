package io.bitstack.compression.reuse;

import io.bitstack.compression.encode.PartMemory;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Encoded parts in PostgreSQL, shared by all workers. A part that was not asked for in 90 days is forgotten. */
@Repository
public class PartRepository implements PartMemory {
    private static final Logger LOG = LoggerFactory.getLogger(PartRepository.class);

    private final JdbcClient database;
    private final JsonMapper json;

    PartRepository(JdbcClient database, JsonMapper json) {
        this.database = database;
        this.json = json;
    }

    @Override
    public Optional<Part> find(String key) {
        try {
            return database.sql(
                            "update compression.encoded_parts set used_at = now() where key = :key returning content")
                    .param("key", key)
                    .query(String.class)
                    .optional()
                    .map(this::part);
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
                    .param("content", content(part))
                    .update();
            database.sql("delete from compression.encoded_parts where used_at < now() - interval '90 days'")
                    .update();
        } catch (DataAccessException e) {
            LOG.warn("an encoded part could not be remembered: {}", e.getMessage());
        }
    }

    private String content(Part part) {
        ObjectNode content = json.createObjectNode();
        content.put("startLevel", part.startLevel());
        ArrayNode blobs = content.putArray("blobs");
        for (Descriptor blob : part.blobs()) {
            blobs.addObject().put("digest", blob.digest().toString()).put("sizeBytes", blob.sizeBytes());
        }
        ArrayNode errors = content.putArray("weightedErrors");
        part.weightedErrors().forEach(errors::add);
        return json.writeValueAsString(content);
    }

    private Part part(String content) {
        JsonNode read = json.readTree(content);
        List<Descriptor> blobs = new ArrayList<>();
        for (JsonNode blob : read.path("blobs")) {
            blobs.add(new Descriptor(
                    Digest.parse(blob.path("digest").asString()),
                    blob.path("sizeBytes").asLong()));
        }
        List<Double> errors = new ArrayList<>();
        read.path("weightedErrors").forEach(error -> errors.add(error.asDouble()));
        return new Part(read.path("startLevel").asInt(), blobs, errors);
    }
}
