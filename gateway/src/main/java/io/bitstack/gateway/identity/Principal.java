package io.bitstack.gateway.identity;

import io.bitstack.service.access.CallerIdentity;
import io.bitstack.service.access.Role;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/**
 * Who sends a request.
 *
 * @param id the key's id, or {@code oidc:<subject>}
 * @param name of the key or person, for people to read
 * @param session the session by which the request came; null for a key or token
 */
public record Principal(
        String id, String name, Role role, @Nullable BrowserSession session) {
    private static final String ATTRIBUTE = Principal.class.getName();

    /** What services and nodes are told. */
    public CallerIdentity identity() {
        return new CallerIdentity(id, role);
    }

    /** Whose sessions are this one's own. */
    public String subject() {
        return id.startsWith(BrowserSession.OIDC) ? id : BrowserSession.KEY + id;
    }

    /** Notes who sent a request that was let through. */
    public void attachTo(HttpServletRequest request) {
        request.setAttribute(ATTRIBUTE, this);
    }

    /** Who sent a request; every route that leads to a service or node lies behind the check that sets it. */
    public static Principal of(HttpServletRequest request) {
        if (request.getAttribute(ATTRIBUTE) instanceof Principal principal) {
            return principal;
        }
        throw new IllegalStateException("a request reached a route without having been checked");
    }
}
