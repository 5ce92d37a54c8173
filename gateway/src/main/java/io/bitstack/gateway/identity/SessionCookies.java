package io.bitstack.gateway.identity;

import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import org.springframework.http.ResponseCookie;

/** The cookie that is a session: no script reads it, and no other site has it sent. */
public final class SessionCookies {
    private static final String PLAIN = "bitstack-session";
    private static final String OVER_TLS = "__Host-" + PLAIN;

    private SessionCookies() {}

    static String nameFor(HttpServletRequest request) {
        return request.isSecure() ? OVER_TLS : PLAIN;
    }

    /** A value of {@code Set-Cookie} that gives the cookie to the browser. */
    public static String give(HttpServletRequest request, String value, Duration lifetime) {
        return ResponseCookie.from(nameFor(request), value)
                .httpOnly(true)
                .secure(request.isSecure())
                .sameSite("Strict")
                .path("/")
                .maxAge(lifetime)
                .build()
                .toString();
    }

    /** One that takes it back. */
    public static String takeBack(HttpServletRequest request) {
        return give(request, "", Duration.ZERO);
    }
}
