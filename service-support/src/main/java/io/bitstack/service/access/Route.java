package io.bitstack.service.access;

import java.util.List;
import java.util.Set;
import org.springframework.http.server.PathContainer;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/**
 * One line of the table: who may ask one method and path of one service.
 *
 * @param method an HTTP method, or {@code *} for any
 * @param roles all that may; whoever is not named is refused
 * @param isAudited whether a request that succeeds is a change that somebody decided, and is written down
 */
public record Route(PlatformService service, String method, PathPattern pattern, Set<Role> roles, boolean isAudited) {
    private static final String ANY_METHOD = "*";
    private static final Set<String> READING = Set.of("GET", "HEAD");

    static Route of(PlatformService service, String method, String pattern, Role... roles) {
        return new Route(
                service,
                method,
                PathPatternParser.defaultInstance.parse(pattern),
                Set.copyOf(List.of(roles)),
                !READING.contains(method));
    }

    /** The same line of a method that usually changes something, where it does not. */
    Route unaudited() {
        return new Route(service, method, pattern, roles, false);
    }

    /** Whether this line is about a request; HEAD counts as GET. */
    boolean fits(String asked, PathContainer path) {
        String read = asked.equals("HEAD") ? "GET" : asked;
        return (method.equals(ANY_METHOD) || method.equals(read)) && pattern.matches(path);
    }

    /** Whether a caller of a role may. */
    public boolean allows(Role role) {
        return roles.contains(role) || roles.contains(Role.ANYONE);
    }

    /** The value of a variable of the pattern in a path that fits it; empty if it has none of that name. */
    public String variable(String name, String path) {
        PathPattern.PathMatchInfo match = pattern.matchAndExtract(PathContainer.parsePath(path));
        return match == null ? "" : match.getUriVariables().getOrDefault(name, "");
    }

    @Override
    public String toString() {
        return "%s %s %s %s".formatted(service.applicationName(), method, pattern, roles);
    }
}
