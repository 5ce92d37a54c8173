package io.bitstack.gateway.identity;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.bitstack.service.access.Role;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A session of a browser, as clients see it.
 *
 * @param subject {@code key:<id>} or {@code oidc:<subject>}
 * @param csrfToken what the page has to show beside the cookie; only its own page is told
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record BrowserSession(
        String id,
        String subject,
        String name,
        String scope,
        String createdAt,
        String lastSeenAt,
        String expiresAt,
        int idleTimeoutSeconds,
        String address,
        String userAgent,
        @JsonProperty("current") boolean isCurrent,
        @Nullable String csrfToken) {
    static final String KEY = "key:";
    static final String OIDC = "oidc:";
    private static final String CSRF = "bitstack csrf 1";

    /** Reads the registry's word. */
    public static BrowserSession read(JsonNode session) {
        return new BrowserSession(
                session.path("id").asString(""),
                session.path("subject").asString(""),
                session.path("name").asString(""),
                session.path("scope").asString(""),
                session.path("createdAt").asString(""),
                session.path("lastSeenAt").asString(""),
                session.path("expiresAt").asString(""),
                session.path("idleTimeoutSeconds").asInt(0),
                session.path("address").asString(""),
                session.path("userAgent").asString(""),
                false,
                null);
    }

    /** As the page that has the cookie sees it. */
    public BrowserSession forItsPage(String cookie) {
        return with(true, csrfToken(cookie));
    }

    /** As a list shows it. */
    public BrowserSession listed(boolean isOfTheRequest) {
        return with(isOfTheRequest, null);
    }

    private BrowserSession with(boolean isOfTheRequest, @Nullable String token) {
        return new BrowserSession(
                id,
                subject,
                name,
                scope,
                createdAt,
                lastSeenAt,
                expiresAt,
                idleTimeoutSeconds,
                address,
                userAgent,
                isOfTheRequest,
                token);
    }

    /** Whom requests with the cookie come from; empty when the scope is unknown here. */
    Principal principal(Role role) {
        String id = subject.startsWith(KEY) ? subject.substring(KEY.length()) : subject;
        return new Principal(id, name, role, this);
    }

    /** Made from the cookie, so that only who has it, or was told by who has it, can know it. */
    static String csrfToken(String cookie) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(cookie.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            byte[] token = mac.doFinal(CSRF.getBytes(StandardCharsets.US_ASCII));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(token);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HMAC-SHA256", e);
        }
    }

    static boolean isCsrfToken(@Nullable String shown, String cookie) {
        return shown != null
                && MessageDigest.isEqual(
                        csrfToken(cookie).getBytes(StandardCharsets.US_ASCII), shown.getBytes(StandardCharsets.UTF_8));
    }
}
