package io.bitstack.gateway.node;

import io.bitstack.gateway.registry.RegistryClient;
import io.bitstack.gateway.registry.RegistryFaults;
import io.bitstack.gateway.settings.GatewaySettings;
import io.bitstack.gateway.settings.SharedSecret;
import io.bitstack.gateway.upstream.Upstream;
import io.bitstack.gateway.upstream.UpstreamAnswer;
import io.bitstack.service.access.InternalTokens;
import io.bitstack.service.access.PlatformService;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads the registry's list of nodes, again and again: over the connections that requests take too, whose code is at hand, and not read where it says what it said before. What is done
 * twice a second must not be what a request has to wait for. One thread at a time.
 */
@Component
class NodeList {
    private static final String PATH = "/api/v1/internal/nodes";
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    /** Far below how long a token is good. */
    private static final long SIGN_AFTER_NANOS = Duration.ofSeconds(10).toNanos();
    /** Ten thousand nodes have a fifth of that. */
    private static final int LARGEST_BYTES = 32 * 1024 * 1024;

    private final Upstream upstream;
    private final JsonMapper json;
    private final URI uri;
    private final InternalTokens tokens;
    private HttpHeaders headers = new HttpHeaders();
    private long signedNanos;
    private byte[] last = {};
    private List<NodeView> nodes = List.of();

    NodeList(Upstream upstream, JsonMapper json, GatewaySettings settings, SharedSecret secret) {
        this.upstream = upstream;
        this.json = json;
        this.uri = settings.registryUrl().resolve(PATH);
        this.tokens = secret.tokens();
    }

    /** All nodes in the order of the registry, but those that the gateway could not reach by what it says. */
    List<NodeView> fetch() {
        byte[] body = ask();
        if (!Arrays.equals(body, last)) {
            nodes = parse(body);
            last = body;
        }
        return nodes;
    }

    private byte[] ask() {
        try (UpstreamAnswer answer = upstream.send(HttpMethod.GET, uri, headers(), new byte[0], TIMEOUT)) {
            if (answer.status() != 200) {
                throw RegistryFaults.unexpected(answer.status());
            }
            byte[] body = answer.body().readNBytes(LARGEST_BYTES + 1);
            if (body.length > LARGEST_BYTES) {
                throw RegistryFaults.unreachable(
                        "the registry's list of nodes has more than " + LARGEST_BYTES + " bytes", null);
            }
            return body;
        } catch (IOException e) {
            throw RegistryFaults.unreachable("the registry's list of nodes broke off", e);
        }
    }

    private HttpHeaders headers() {
        long now = System.nanoTime();
        if (headers.isEmpty() || now - signedNanos > SIGN_AFTER_NANOS) {
            HttpHeaders signed = new HttpHeaders();
            signed.set(
                    HttpHeaders.AUTHORIZATION,
                    tokens.header(RegistryClient.SELF, PlatformService.REGISTRY, "GET", PATH));
            signed.set(HttpHeaders.ACCEPT, MediaType.APPLICATION_JSON_VALUE);
            headers = signed;
            signedNanos = now;
        }
        return headers;
    }

    private List<NodeView> parse(byte[] body) {
        try {
            JsonNode listed = json.readTree(body);
            if (!listed.isArray()) {
                throw RegistryFaults.unreachable("the registry's answer is no list of nodes", null);
            }
            List<NodeView> all = new ArrayList<>();
            for (JsonNode node : listed) {
                NodeView.read(node).ifPresent(all::add);
            }
            return List.copyOf(all);
        } catch (JacksonException e) {
            throw RegistryFaults.notJson(e);
        }
    }
}
