package io.bitstack.gateway.registry;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.gateway.settings.GatewaySettings;
import io.bitstack.gateway.settings.InternalToken;
import io.bitstack.service.ApiException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.util.UriComponentsBuilder;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Asks the registry what the gateway itself has to know: owners of keys, nodes, aliases. */
@Component
public class RegistryClient {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final String JOIN_TOKEN_PREFIX = "bsj_";

    private final HttpClient http;
    private final JsonMapper json;
    private final URI base;
    private final InternalToken token;

    RegistryClient(HttpClient http, JsonMapper json, GatewaySettings settings, InternalToken token) {
        this.http = http;
        this.json = json;
        this.base = settings.registryUrl();
        this.token = token;
    }

    /** Whose key, or which join token, this is; empty when the registry does not know it. */
    public Optional<KeyOwner> verifyKey(String key) {
        boolean isJoinToken = key.startsWith(JOIN_TOKEN_PREFIX);
        byte[] body = json.writeValueAsBytes(Map.of(isJoinToken ? "token" : "key", key));
        HttpResponse<byte[]> answer = send(request("internal", isJoinToken ? "join-tokens" : "keys", "verify")
                .header(HttpHeaders.CONTENT_TYPE, MediaType.APPLICATION_JSON_VALUE)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body)));
        if (answer.statusCode() == 401 || answer.statusCode() == 404) {
            return Optional.empty();
        }
        JsonNode owner = parse(answer);
        return Optional.of(new KeyOwner(text(owner, "id"), text(owner, "name"), text(owner, "scope")));
    }

    /** All nodes that the registry knows, with their access tokens. */
    public List<JsonNode> nodes() {
        return items(parse(send(request("internal", "nodes").GET())));
    }

    /** The version that an alias of a model stands for; empty when model or alias do not exist. */
    public Optional<Integer> version(String model, String alias) {
        HttpResponse<byte[]> answer = send(request("models", model, "aliases").GET());
        if (answer.statusCode() == 404) {
            return Optional.empty();
        }
        return items(parse(answer)).stream()
                .filter(item -> item.path("alias").asString("").equals(alias))
                .map(item -> item.path("version").asInt())
                .findFirst();
    }

    private HttpRequest.Builder request(String... segments) {
        URI uri = UriComponentsBuilder.fromUri(base)
                .replacePath("/api/v1")
                .pathSegment(segments)
                .encode()
                .build()
                .toUri();
        return HttpRequest.newBuilder(uri)
                .timeout(TIMEOUT)
                .header(HttpHeaders.AUTHORIZATION, token.headerValue())
                .header(HttpHeaders.ACCEPT, MediaType.APPLICATION_JSON_VALUE);
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw unreachable("the registry does not answer; try again in a moment", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unreachable("the gateway is stopping", e);
        }
    }

    private JsonNode parse(HttpResponse<byte[]> answer) {
        if (answer.statusCode() != 200) {
            String hint = answer.statusCode() == 401 ? "; do both have the same bitstack.internal-token?" : "";
            throw new ApiException(
                    GatewayCode.REGISTRY_UNREACHABLE,
                    "the registry answers the gateway with status " + answer.statusCode() + hint);
        }
        try {
            return json.readTree(answer.body());
        } catch (JacksonException e) {
            throw unreachable("the registry's answer is not JSON", e);
        }
    }

    private static List<JsonNode> items(JsonNode answer) {
        JsonNode array = answer.isArray() ? answer : answer.path("items");
        List<JsonNode> items = new ArrayList<>();
        array.forEach(items::add);
        return items;
    }

    private static String text(JsonNode object, String member) {
        String value = object.path(member).asString("");
        if (value.isBlank()) {
            throw new ApiException(GatewayCode.REGISTRY_UNREACHABLE, "the registry's answer lacks '" + member + "'");
        }
        return value;
    }

    private static ApiException unreachable(String detail, Exception cause) {
        return new ApiException(GatewayCode.REGISTRY_UNREACHABLE, detail, cause);
    }
}
