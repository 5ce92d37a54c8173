package io.bitstack.gateway.node;

import java.net.URI;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What the gateway needs to know of a node.
 *
 * @param url where it is asked; null for a node that dials out, and is asked over the connections that it has opened
 * @param model what it holds or is about to hold; null when nothing
 * @param bpw bits per weight of what it holds, 0 when unknown
 * @param waiting requests that it reported as running or queued
 */
record NodeView(
        String name,
        @Nullable URI url,
        String accessToken,
        String state,
        @Nullable String model,
        int version,
        double bpw,
        @Nullable Double expectedPerplexity,
        int contextTokens,
        int waiting) {
    private static final String READY = "ready";
    private static final String STALE = "stale";
    private static final String LOST = "lost";
    private static final String DIAL_OUT = "dial-out";

    /** Whether the registry has heard nothing of it for so long that it is taken for gone. */
    boolean isLost() {
        return state.equals(LOST);
    }

    /** Whether its word to the registry is late, though not yet so late that it is taken for gone. */
    boolean isLate() {
        return state.equals(STALE);
    }

    boolean isReady() {
        return state.equals(READY);
    }

    /** Reads one node of the registry's list; empty when the gateway could not reach it by what the list says. */
    static Optional<NodeView> read(JsonNode node) {
        String name = node.path("name").asString("");
        String token = node.path("accessToken").asString("");
        boolean dialsOut = node.path("reachable").asString("").equals(DIAL_OUT);
        Optional<URI> url =
                dialsOut ? Optional.empty() : address(node.path("url").asString(""));
        if (name.isBlank() || token.isBlank() || (url.isEmpty() && !dialsOut)) {
            return Optional.empty();
        }
        JsonNode perplexity = node.path("expectedPerplexity");
        return Optional.of(new NodeView(
                name,
                url.orElse(null),
                token,
                node.path("state").asString(""),
                node.path("model").isString() ? node.path("model").asString() : null,
                node.path("version").asInt(0),
                node.path("bpw").asDouble(0),
                perplexity.isNumber() ? perplexity.asDouble() : null,
                node.path("contextTokens").asInt(0),
                node.path("activeRequests").asInt(0)
                        + node.path("queuedRequests").asInt(0)));
    }

    private static Optional<URI> address(String text) {
        try {
            URI url = URI.create(text);
            boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
            return http && url.getHost() != null ? Optional.of(url) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
