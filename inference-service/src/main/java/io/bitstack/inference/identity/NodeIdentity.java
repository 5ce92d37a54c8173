package io.bitstack.inference.identity;

import io.bitstack.inference.settings.NodeSettings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The key that the node shows to the gateway. A key that was got for a join token is kept beside the cache, readable by its owner
 * alone, so that a restart needs the token no more.
 */
@Component
public class NodeIdentity {
    private static final Logger LOG = LoggerFactory.getLogger(NodeIdentity.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final long LARGEST_ANSWER_BYTES = 1 << 16;
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    private final NodeSettings settings;
    private final JsonMapper json;
    private final Path file;
    private @Nullable String key;
    private Duration pause = FIRST_PAUSE;
    private long notBefore = System.nanoTime();

    NodeIdentity(NodeSettings settings, JsonMapper json) throws IOException {
        this.settings = settings;
        this.json = json;
        this.file = settings.cacheDirectory().toAbsolutePath().resolve("identity.json");
        this.key = settings.apiKey().isBlank() ? kept() : settings.apiKey();
        if (key == null && settings.joinToken().isBlank() && settings.hasGateway()) {
            throw new IllegalArgumentException(
                    "bitstack.node.api-key is not set; set BITSTACK_NODE_JOIN_TOKEN to a join token, or"
                            + " BITSTACK_NODE_API_KEY to a key of scope node");
        }
    }

    /** What is kept of an earlier joining. */
    private record Kept(String name, String key) {}

    private @Nullable String kept() throws IOException {
        if (!Files.exists(file)) {
            return null;
        }
        Kept kept;
        try {
            kept = json.readValue(Files.readAllBytes(file), Kept.class);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    "%s cannot be read; remove it and join again with a new token".formatted(file), e);
        }
        if (!kept.name().equals(settings.name())) {
            throw new IllegalArgumentException(
                    "%s holds the key of node '%s', but this node is '%s'; give each its own cache directory"
                            .formatted(file, kept.name(), settings.name()));
        }
        return kept.key();
    }

    /**
     * The node's key; joins first if it has none.
     *
     * @throws IOException if the gateway does not let the node in, or not yet
     */
    public synchronized String key() throws IOException {
        String known = key;
        if (known != null) {
            return known;
        }
        long left = notBefore - System.nanoTime();
        if (left > 0) {
            throw new IOException("joining is tried again in %d ms".formatted(left / 1_000_000));
        }
        try {
            String joined = join();
            OwnersFile.write(file, json.writeValueAsBytes(new Kept(settings.name(), joined)));
            key = joined;
            LOG.info("joined as '{}'; the node's key is in {}", settings.name(), file);
            return joined;
        } catch (IOException e) {
            notBefore = System.nanoTime() + pause.toNanos();
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
            throw e;
        }
    }

    private String join() throws IOException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(settings.gateway() + "/api/v1/join"))
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + settings.joinToken())
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(json.writeValueAsBytes(Map.of("name", settings.name()))))
                .build();
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            HttpResponse<String> answer = answer(client, request);
            if (answer.statusCode() != 201) {
                String said = answer.body();
                throw new IOException("the gateway does not let this node in (%d): %s"
                        .formatted(answer.statusCode(), said.substring(0, Math.min(300, said.length()))));
            }
            String got = json.readTree(answer.body()).path("key").asString("");
            if (got.isBlank()) {
                throw new IOException("the gateway let this node in and gave it no key");
            }
            return got;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while joining", e);
        } catch (JacksonException e) {
            throw new IOException("the gateway's answer to joining is not JSON", e);
        }
    }

    /** The whole answer has to come in time: the timeout of a request ends with the answer's head. */
    private static HttpResponse<String> answer(HttpClient client, HttpRequest request)
            throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<String>> asked = client.sendAsync(
                request,
                HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofString(), LARGEST_ANSWER_BYTES));
        try {
            return asked.get(TIMEOUT.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            client.shutdownNow();
            throw new IOException("the gateway does not answer in full within " + TIMEOUT, e);
        } catch (ExecutionException e) {
            throw new IOException("the gateway does not answer: " + e.getCause(), e.getCause());
        } finally {
            asked.cancel(true);
        }
    }

    @Override
    public String toString() {
        return "NodeIdentity[hidden]";
    }
}
