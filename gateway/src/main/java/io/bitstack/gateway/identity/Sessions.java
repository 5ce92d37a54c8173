package io.bitstack.gateway.identity;

import io.bitstack.gateway.registry.RegistryClient;
import io.bitstack.gateway.settings.GatewaySettings;
import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import io.bitstack.service.access.Role;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/** Sessions of browsers: the registry keeps them, and its word about one is taken for a short while. */
@Component
public class Sessions {
    /** The header in which a page shows that a request is its own. */
    public static final String CSRF_HEADER = "BitStack-Csrf";

    private static final int LONGEST_ADDRESS = 64;
    private static final int LONGEST_AGENT = 300;

    private final RegistryClient registry;
    private final GatewaySettings.Session settings;
    private final Remembered remembered;

    Sessions(RegistryClient registry, GatewaySettings settings) {
        this.registry = registry;
        this.settings = settings.session();
        this.remembered = new Remembered(settings.keyCache());
    }

    /**
     * A session that was just opened.
     *
     * @param cookie shown once
     */
    public record Opened(String cookie, BrowserSession session) {}

    /** Opens a session with a key; empty when the key is nobody's. */
    public Optional<Opened> open(String key, HttpServletRequest request) {
        return open(Map.of("key", key), request);
    }

    /** Opens a session for whom a provider vouches. */
    public Opened open(Principal person, HttpServletRequest request) {
        return open(
                        Map.of(
                                "subject", person.id(),
                                "name", cut(person.name(), 200),
                                "scope", person.role().text()),
                        request)
                .orElseThrow(() -> new ApiException(
                        CommonCode.UNAUTHORIZED, "the registry opens no session for '" + person.id() + "'"));
    }

    private Optional<Opened> open(Map<String, Object> owner, HttpServletRequest request) {
        Map<String, Object> wanted = new HashMap<>(owner);
        wanted.put("idleSeconds", settings.idle().toSeconds());
        wanted.put("lifetimeSeconds", settings.lifetime().toSeconds());
        wanted.put("address", cut(request.getRemoteAddr(), LONGEST_ADDRESS));
        wanted.put("userAgent", cut(request.getHeader("User-Agent"), LONGEST_AGENT));
        return registry.openSession(wanted)
                .map(session -> new Opened(session.path("token").asString(""), BrowserSession.read(session)));
    }

    /** The value of the request's session cookie, if it has one. */
    public static Optional<String> cookie(HttpServletRequest request) {
        Cookie[] cookies = request.getCookies();
        if (cookies != null) {
            for (Cookie cookie : cookies) {
                if (cookie.getName().equals(SessionCookies.nameFor(request))) {
                    return Optional.of(cookie.getValue());
                }
            }
        }
        return Optional.empty();
    }

    Optional<Principal> cached(String cookie) {
        return remembered.get(cookie, () -> ask(cookie));
    }

    /** Asks the registry whose session a cookie belongs to; empty when it has ended. */
    Optional<Principal> verify(String cookie) {
        return remembered.learn(cookie, ask(cookie));
    }

    private Optional<Remembered.Owner> ask(String cookie) {
        return registry.verifySession(cookie)
                .map(BrowserSession::read)
                .flatMap(session -> Role.ofScope(session.scope())
                        .map(role ->
                                new Remembered.Owner(session.principal(role), Instant.parse(session.expiresAt()))));
    }

    /**
     * A page of sessions.
     *
     * @param subject whose; empty for everybody's
     */
    public JsonNode list(String subject, String after, int limit) {
        return registry.sessions(subject, after, limit);
    }

    /**
     * Ends a session; false if there is none of the subject's.
     *
     * @param subject whose it has to be; empty for anybody's
     */
    public boolean end(String id, String subject, Principal by) {
        boolean isEnded = registry.endSession(id, subject, by.id());
        remembered.forget(who -> who.session() != null && who.session().id().equals(id));
        return isEnded;
    }

    private static String cut(@Nullable String text, int length) {
        String some = text == null ? "" : text;
        return some.length() <= length ? some : some.substring(0, length);
    }
}
