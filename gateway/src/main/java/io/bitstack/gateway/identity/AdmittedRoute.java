package io.bitstack.gateway.identity;

import io.bitstack.service.access.PlatformService;
import io.bitstack.service.access.Route;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/** The line of the table by which a request was let through; it also says which service answers. */
public final class AdmittedRoute {
    private static final String ATTRIBUTE = AdmittedRoute.class.getName();

    private AdmittedRoute() {}

    public static void attach(Route route, HttpServletRequest request) {
        request.setAttribute(ATTRIBUTE, route);
    }

    /** Whether a request was let through to a service. */
    public static boolean leadsTo(PlatformService service, HttpServletRequest request) {
        return request.getAttribute(ATTRIBUTE) instanceof Route route && route.service() == service;
    }

    /** The pattern of the line by which a request was let through; null if it was not, or needed none. */
    public static @Nullable String pattern(HttpServletRequest request) {
        return request.getAttribute(ATTRIBUTE) instanceof Route route
                ? route.pattern().getPatternString()
                : null;
    }

    /**
     * The line by which a request was let through.
     *
     * @throws IllegalStateException if it was not
     */
    public static Route of(HttpServletRequest request) {
        if (request.getAttribute(ATTRIBUTE) instanceof Route route) {
            return route;
        }
        throw new IllegalStateException("a request reached a route without having been checked");
    }
}
