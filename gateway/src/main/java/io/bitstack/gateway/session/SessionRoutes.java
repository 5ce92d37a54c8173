package io.bitstack.gateway.session;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.gateway.identity.Authentication;
import io.bitstack.gateway.identity.BrowserSession;
import io.bitstack.gateway.identity.Principal;
import io.bitstack.gateway.identity.SessionCookies;
import io.bitstack.gateway.identity.Sessions;
import io.bitstack.gateway.limit.RateLimits;
import io.bitstack.gateway.settings.GatewaySettings;
import io.bitstack.gateway.upstream.Bodies;
import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import io.bitstack.service.access.Role;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The routes by which browsers log in with a key, see their sessions and end them. */
@Component
public class SessionRoutes {
    private static final int LARGEST_BODY_BYTES = 4096;
    private static final int LARGEST_PAGE = 200;
    private static final int PAGE = 50;

    private final Sessions sessions;
    private final Optional<OidcLogin> oidc;
    private final RateLimits limits;
    private final Bodies bodies;
    private final JsonMapper json;
    private final GatewaySettings settings;

    SessionRoutes(
            Sessions sessions,
            Optional<OidcLogin> oidc,
            RateLimits limits,
            Bodies bodies,
            JsonMapper json,
            GatewaySettings settings) {
        this.sessions = sessions;
        this.oidc = oidc;
        this.limits = limits;
        this.bodies = bodies;
        this.json = json;
        this.settings = settings;
    }

    /** In which ways one can log in here. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Methods(boolean key, @Nullable Provider oidc) {}

    /** @param name as the login page shows it */
    record Provider(String name, String url) {}

    /** A page of sessions. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Listing(List<BrowserSession> items, @Nullable String next) {}

    /** {@code GET /api/v1/session/methods}. */
    public ServerResponse methods(ServerRequest request) {
        return answer(new Methods(
                true,
                oidc.map(login -> new Provider(login.name(), OidcLogin.START)).orElse(null)));
    }

    /** {@code POST /api/v1/session}: opens a session with a key. */
    public ServerResponse open(ServerRequest request) {
        HttpServletRequest servlet = request.servletRequest();
        Authentication.requireSameSite(servlet);
        String key = key(request);
        Sessions.Opened opened = sessions.open(key, servlet).orElseThrow(() -> {
            limits.failed(servlet);
            return new ApiException(
                    CommonCode.UNAUTHORIZED, "the API key is unknown, expired or revoked; ask an admin for a key");
        });
        return ServerResponse.status(HttpStatus.CREATED)
                .header(
                        HttpHeaders.SET_COOKIE,
                        SessionCookies.give(
                                servlet, opened.cookie(), settings.session().lifetime()))
                .cacheControl(CacheControl.noStore())
                .contentType(MediaType.APPLICATION_JSON)
                .body(opened.session().forItsPage(opened.cookie()));
    }

    private String key(ServerRequest request) {
        // A form of another site cannot send this type without asking first.
        if (request.headers()
                .contentType()
                .filter(MediaType.APPLICATION_JSON::isCompatibleWith)
                .isEmpty()) {
            throw new ApiException(CommonCode.REQUEST_INVALID, "send the key as JSON: {\"key\": \"bsk_...\"}");
        }
        try (Bodies.Body body = bodies.read(request.servletRequest(), LARGEST_BODY_BYTES)) {
            String key = json.readTree(body.bytes()).path("key").asString("");
            if (key.isBlank() || key.length() > Authentication.LONGEST_KEY) {
                throw new ApiException(CommonCode.REQUEST_INVALID, "send the key as JSON: {\"key\": \"bsk_...\"}");
            }
            return key;
        } catch (JacksonException e) {
            throw new ApiException(CommonCode.REQUEST_INVALID, "the body is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** {@code GET /api/v1/session}: the session of the request's cookie. */
    public ServerResponse current(ServerRequest request) {
        BrowserSession session = require(request);
        String cookie = Sessions.cookie(request.servletRequest()).orElseThrow();
        return answer(session.forItsPage(cookie));
    }

    /** {@code DELETE /api/v1/session}: logs out. */
    public ServerResponse close(ServerRequest request) {
        HttpServletRequest servlet = request.servletRequest();
        sessions.end(require(request).id(), "", Principal.of(servlet));
        return ServerResponse.noContent()
                .header(HttpHeaders.SET_COOKIE, SessionCookies.takeBack(servlet))
                .build();
    }

    /** {@code GET /api/v1/sessions}: one's own; an admin sees all. */
    public ServerResponse list(ServerRequest request) {
        Principal who = Principal.of(request.servletRequest());
        int limit = limit(request.param("limit"));
        JsonNode page = sessions.list(whose(who), request.param("after").orElse(""), limit);
        List<BrowserSession> items = new ArrayList<>();
        for (JsonNode item : page.path("items")) {
            BrowserSession session = BrowserSession.read(item);
            items.add(session.listed(who.session() != null && who.session().id().equals(session.id())));
        }
        String next = page.path("next").asString("");
        return answer(new Listing(items, next.isEmpty() ? null : next));
    }

    /** {@code DELETE /api/v1/sessions/{id}}: ends one's own; an admin any. */
    public ServerResponse end(ServerRequest request) {
        Principal who = Principal.of(request.servletRequest());
        String id = request.pathVariable("id");
        if (!sessions.end(id, whose(who), who)) {
            throw new ApiException(
                    GatewayCode.SESSION_NOT_FOUND,
                    "there is no session '" + id + "' of yours; GET /api/v1/sessions lists them");
        }
        return ServerResponse.noContent().build();
    }

    private static String whose(Principal who) {
        return who.role() == Role.ADMIN ? "" : who.subject();
    }

    private static BrowserSession require(ServerRequest request) {
        BrowserSession session = Principal.of(request.servletRequest()).session();
        if (session == null) {
            throw new ApiException(
                    CommonCode.UNAUTHORIZED, "this request has a key and no session; POST /api/v1/session opens one");
        }
        return session;
    }

    private static int limit(Optional<String> text) {
        try {
            int limit = text.map(Integer::parseInt).orElse(PAGE);
            if (limit >= 1 && limit <= LARGEST_PAGE) {
                return limit;
            }
        } catch (NumberFormatException e) {
            // Said below, like a number that is out of bounds.
        }
        throw new ApiException(CommonCode.REQUEST_INVALID, "limit is a number from 1 to " + LARGEST_PAGE);
    }

    private static ServerResponse answer(Object body) {
        return ServerResponse.ok()
                .cacheControl(CacheControl.noStore())
                .contentType(MediaType.APPLICATION_JSON)
                .body(body);
    }
}
