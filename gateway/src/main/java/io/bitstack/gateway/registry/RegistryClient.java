package io.bitstack.gateway.registry;

import io.bitstack.gateway.settings.GatewaySettings;
import io.bitstack.gateway.settings.SharedSecret;
import io.bitstack.service.CommonCode;
import io.bitstack.service.access.CallerIdentity;
import io.bitstack.service.access.InternalTokens;
import io.bitstack.service.access.PlatformService;
import io.bitstack.service.access.Role;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
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

/** Asks the registry what the gateway itself has to know: owners of keys, sessions, aliases. */
@Component
public class RegistryClient {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final String JOIN_TOKEN_PREFIX = "bsj_";
    /** Who the gateway is when it asks for itself. */
    public static final CallerIdentity SELF = new CallerIdentity("gateway", Role.SERVICE);

    private final HttpClient http;
    private final JsonMapper json;
    private final URI base;
    private final InternalTokens tokens;

    RegistryClient(HttpClient http, JsonMapper json, GatewaySettings settings, SharedSecret secret) {
        this.http = http;
        this.json = json;
        this.base = settings.registryUrl();
        this.tokens = secret.tokens();
    }

    /** Whose key, or which join token, this is; empty when the registry does not know it. */
    public Optional<KeyOwner> verifyKey(String key) {
        HttpRequest.Builder request = key.startsWith(JOIN_TOKEN_PREFIX)
                ? post(Map.of("token", key), "internal", "join-tokens", "verify")
                : post(Map.of("key", key), "internal", "keys", "verify");
        return question(request).map(owner -> {
            String expires = owner.path("expiresAt").asString("");
            return new KeyOwner(
                    text(owner, "id"),
                    text(owner, "name"),
                    text(owner, "scope"),
                    expires.isEmpty() ? null : Instant.parse(expires));
        });
    }

    /** Opens a session; empty when the key that it names is nobody's. */
    public Optional<JsonNode> openSession(Map<String, Object> wanted) {
        return question(post(wanted, "internal", "sessions"));
    }

    /** The session of a cookie; empty when it has ended. */
    public Optional<JsonNode> verifySession(String cookie) {
        return question(post(Map.of("token", cookie), "internal", "sessions", "verify"));
    }

    /**
     * A page of sessions.
     *
     * @param subject whose; empty for everybody's
     */
    public JsonNode sessions(String subject, String after, int limit) {
        URI uri = UriComponentsBuilder.fromUri(uri("internal", "sessions"))
                .queryParam("subject", "{subject}")
                .queryParam("after", "{after}")
                .queryParam("limit", limit)
                .encode()
                .buildAndExpand(subject, after)
                .toUri();
        return parse(send(request(uri).GET(), SELF));
    }

    /**
     * Ends a session; false if the subject has none of that id.
     *
     * @param by who ends it
     */
    public boolean endSession(String id, String subject, String by) {
        HttpResponse<byte[]> answer = send(
                post(Map.of("subject", subject), "internal", "sessions", id, "end"),
                new CallerIdentity(by, Role.SERVICE));
        if (answer.statusCode() != 204 && answer.statusCode() != 404) {
            throw RegistryFaults.unexpected(answer.statusCode());
        }
        return answer.statusCode() == 204;
    }

    /** Writes down a change that a service behind the gateway made. */
    public void audit(String principal, String action, String subject) {
        HttpResponse<byte[]> answer = send(
                post(Map.of("principal", principal, "action", action, "subject", subject), "internal", "audit-events"),
                SELF);
        if (answer.statusCode() != 204) {
            throw RegistryFaults.unexpected(answer.statusCode());
        }
    }

    /** The version that an alias of a model stands for; empty when model or alias do not exist. */
    public Optional<Integer> version(String model, String alias) {
        HttpResponse<byte[]> answer =
                send(request(uri("models", model, "aliases")).GET(), SELF);
        if (answer.statusCode() == 404) {
            return Optional.empty();
        }
        return items(parse(answer)).stream()
                .filter(item -> item.path("alias").asString("").equals(alias))
                .map(item -> item.path("version").asInt())
                .findFirst();
    }

    private Optional<JsonNode> question(HttpRequest.Builder request) {
        HttpResponse<byte[]> answer = send(request, SELF);
        boolean isKnownNot = answer.statusCode() == 404
                || (answer.statusCode() == 401
                        && !parseBody(answer).path("code").asString("").equals(CommonCode.UNAUTHORIZED.name()));
        return isKnownNot ? Optional.empty() : Optional.of(parse(answer));
    }

    private HttpRequest.Builder post(Map<String, Object> body, String... segments) {
        return request(uri(segments))
                .header(HttpHeaders.CONTENT_TYPE, MediaType.APPLICATION_JSON_VALUE)
                .POST(HttpRequest.BodyPublishers.ofByteArray(json.writeValueAsBytes(body)));
    }

    private URI uri(String... segments) {
        return UriComponentsBuilder.fromUri(base)
                .replacePath("/api/v1")
                .pathSegment(segments)
                .encode()
                .build()
                .toUri();
    }

    private static HttpRequest.Builder request(URI uri) {
        return HttpRequest.newBuilder(uri)
                .timeout(TIMEOUT)
                .header(HttpHeaders.ACCEPT, MediaType.APPLICATION_JSON_VALUE);
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request, CallerIdentity caller) {
        HttpRequest unsigned = request.build();
        String token = tokens.header(
                caller,
                PlatformService.REGISTRY,
                unsigned.method(),
                unsigned.uri().getRawPath());
        HttpRequest signed = HttpRequest.newBuilder(unsigned, (_, _) -> true)
                .header(HttpHeaders.AUTHORIZATION, token)
                .build();
        try {
            return http.send(signed, BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw RegistryFaults.unreachable("the registry does not answer; try again in a moment", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw RegistryFaults.unreachable("the gateway is stopping", e);
        }
    }

    private JsonNode parse(HttpResponse<byte[]> answer) {
        if (answer.statusCode() / 100 != 2) {
            throw RegistryFaults.unexpected(answer.statusCode());
        }
        return parseBody(answer);
    }

    private JsonNode parseBody(HttpResponse<byte[]> answer) {
        try {
            return json.readTree(answer.body());
        } catch (JacksonException e) {
            throw RegistryFaults.notJson(e);
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
            throw RegistryFaults.unreachable("the registry's answer lacks '" + member + "'", null);
        }
        return value;
    }
}
