package io.bitstack.registry.event;

import java.time.Instant;
import tools.jackson.databind.JsonNode;

/**
 * Something that happened.
 *
 * @param id rises with time; the CloudEvent's id
 * @param subject what it happened to, such as {@code models/prose/versions/3}
 */
public record Event(long id, EventType type, String subject, JsonNode data, Instant at) {}
