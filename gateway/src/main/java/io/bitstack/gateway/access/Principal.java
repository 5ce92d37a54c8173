package io.bitstack.gateway.access;

import jakarta.servlet.http.HttpServletRequest;

/** Whom a key belongs to, as the registry says. */
public record Principal(String id, String name, Scope scope) {
    private static final String ATTRIBUTE = Principal.class.getName();

    /** The header by which services learn who asks. */
    public static final String HEADER = "BitStack-Principal";

    /** What {@link #HEADER} carries. */
    public String headerValue() {
        return id + ";" + scope.text();
    }

    /** Notes who sent a request that was let through. */
    void attachTo(HttpServletRequest request) {
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
