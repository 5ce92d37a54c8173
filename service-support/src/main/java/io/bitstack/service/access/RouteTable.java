package io.bitstack.service.access;

import static io.bitstack.service.access.PlatformService.COMPRESSION;
import static io.bitstack.service.access.PlatformService.GATEWAY;
import static io.bitstack.service.access.PlatformService.NODE;
import static io.bitstack.service.access.PlatformService.REGISTRY;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.http.server.PathContainer;

/**
 * The one table of routes and roles. Every route of every service has a line; what has none is answered to nobody. The gateway goes by it, each service goes by
 * it again on its own port, and a test walks the routes that run.
 */
public final class RouteTable {
    private static final Role[] ANYONE = {Role.ANYONE};
    private static final Role[] ADMINS = {Role.ADMIN};
    private static final Role[] SERVICES = {Role.SERVICE};
    private static final Role[] PUBLISHERS = {Role.ADMIN, Role.PUBLISHER};
    private static final Role[] PUBLISHERS_AND_SERVICES = {Role.ADMIN, Role.PUBLISHER, Role.SERVICE};
    private static final Role[] PUBLISHERS_AND_NODES = {Role.ADMIN, Role.PUBLISHER, Role.NODE};
    private static final Role[] READERS = {Role.ADMIN, Role.PUBLISHER, Role.VIEWER};
    /** What nodes read too, to pull what they are to hold, and services. */
    private static final Role[] ALL_READERS = {Role.ADMIN, Role.PUBLISHER, Role.VIEWER, Role.NODE, Role.SERVICE};

    private static final Role[] NEWCOMERS = {Role.JOIN};
    private static final Role[] NODES = {Role.ADMIN, Role.NODE};
    private static final Role[] NODE_ALONE = {Role.NODE};
    private static final Role[] ASKERS = {Role.ADMIN, Role.INFER};
    private static final Role[] ALL_KEYS = {Role.ADMIN, Role.PUBLISHER, Role.VIEWER, Role.NODE, Role.INFER};

    /** The variable of a pattern that names the node which a request is about. */
    public static final String NODE_VARIABLE = "node";

    private static final List<Route> ROUTES = routes();

    /** Those of clients; nodes are asked through the gateway's own routes. */
    private static final List<Route> AT_THE_DOOR = ROUTES.stream()
            .filter(route -> route.service() != NODE && !isInternal(route))
            .toList();

    /** By method and path the lines at the door whose pattern is one path and nothing else. */
    private static final Map<String, Map<String, Route>> PLAIN = plain();

    private RouteTable() {}

    /** All lines, in the order in which they are looked through: the first that fits decides. */
    public static List<Route> all() {
        return ROUTES;
    }

    /** The line for a request on a service's own port. */
    public static Optional<Route> find(PlatformService service, String method, String rawPath) {
        PathContainer path = PathContainer.parsePath(rawPath);
        return ROUTES.stream()
                .filter(route -> route.service() == service)
                .filter(route -> route.fits(method, path))
                .findFirst();
    }

    /** The line for a request of a client, whichever service is to answer it. */
    public static Optional<Route> findAtTheDoor(String method, String rawPath) {
        Route plain = PLAIN.getOrDefault(method, Map.of()).get(rawPath);
        return plain == null ? searchAtTheDoor(method, rawPath) : Optional.of(plain);
    }

    /** What the search finds for paths that hold neither a variable nor an escape, so that the requests which are the most frequent are not compared with line after line. */
    private static Map<String, Map<String, Route>> plain() {
        Map<String, Map<String, Route>> plain = new HashMap<>();
        for (Route route : AT_THE_DOOR) {
            String path = route.pattern().getPatternString();
            if (!route.pattern().hasPatternSyntax()) {
                searchAtTheDoor(route.method(), path)
                        .ifPresent(found -> plain.computeIfAbsent(route.method(), _ -> new HashMap<>())
                                .put(path, found));
            }
        }
        return plain;
    }

    private static Optional<Route> searchAtTheDoor(String method, String rawPath) {
        PathContainer path = PathContainer.parsePath(rawPath);
        for (Route route : AT_THE_DOOR) {
            if (route.fits(method, path)) {
                return Optional.of(route);
            }
        }
        return Optional.empty();
    }

    private static boolean isInternal(Route route) {
        return route.pattern().getPatternString().startsWith("/api/v1/internal/");
    }

    private static List<Route> routes() {
        Lines lines = new Lines();
        gateway(lines);
        catalog(lines);
        stacks(lines);
        fleet(lines);
        operation(lines);
        mlflow(lines);
        compression(lines);
        node(lines);
        return List.copyOf(lines.routes);
    }

    private static void gateway(Lines lines) {
        lines.of(GATEWAY)
                .add("GET", "/healthz", ANYONE)
                .add("GET", "/api/v1/session/methods", ANYONE)
                .add("POST", "/api/v1/session", ANYONE)
                .add("GET", "/api/v1/session/oidc", ANYONE)
                .add("GET", "/api/v1/session/oidc/callback", ANYONE)
                .add("GET", "/api/v1/session", ALL_KEYS)
                .add("DELETE", "/api/v1/session", ALL_KEYS)
                .add("GET", "/api/v1/sessions", ALL_KEYS)
                .add("DELETE", "/api/v1/sessions/{id}", ALL_KEYS)
                .add("GET", "/api/v1/nodes/{node}/channel", NODE_ALONE)
                .add("GET", "/v1/models", ASKERS)
                .add("GET", "/v1/models/{model}", ASKERS)
                .add("POST", "/v1/chat/completions", ASKERS)
                .unaudited()
                .add("POST", "/v1/completions", ASKERS)
                .unaudited();
    }

    private static void catalog(Lines lines) {
        lines.of(REGISTRY)
                .add("GET", "/api/v1/models", ALL_READERS)
                .add("POST", "/api/v1/models", PUBLISHERS)
                .add("GET", "/api/v1/models/{model}", ALL_READERS)
                .add("PATCH", "/api/v1/models/{model}", PUBLISHERS)
                .add("DELETE", "/api/v1/models/{model}", PUBLISHERS)
                .add("POST", "/api/v1/models/{model}/restore", PUBLISHERS)
                .add("PATCH", "/api/v1/models/{model}/tags", PUBLISHERS)
                .add("DELETE", "/api/v1/models/{model}/tags", PUBLISHERS)
                .add("POST", "/api/v1/models/{model}/imports", PUBLISHERS)
                .add("GET", "/api/v1/models/{model}/versions", ALL_READERS)
                .add("POST", "/api/v1/models/{model}/versions", PUBLISHERS_AND_SERVICES)
                .add("GET", "/api/v1/models/{model}/versions/{number}", ALL_READERS)
                .add("PATCH", "/api/v1/models/{model}/versions/{number}", PUBLISHERS)
                .add("DELETE", "/api/v1/models/{model}/versions/{number}", PUBLISHERS)
                .add("PATCH", "/api/v1/models/{model}/versions/{number}/tags", PUBLISHERS_AND_SERVICES)
                .add("DELETE", "/api/v1/models/{model}/versions/{number}/tags", PUBLISHERS)
                .add("GET", "/api/v1/models/{model}/versions/{number}/lineage", ALL_READERS)
                .add("PUT", "/api/v1/models/{model}/versions/{number}/lineage", PUBLISHERS)
                .add("GET", "/api/v1/models/{model}/versions/{number}/diff", ALL_READERS)
                .add("GET", "/api/v1/models/{model}/aliases", ALL_READERS)
                .add("GET", "/api/v1/models/{model}/aliases/{alias}", ALL_READERS)
                .add("PUT", "/api/v1/models/{model}/aliases/{alias}", PUBLISHERS)
                .add("DELETE", "/api/v1/models/{model}/aliases/{alias}", PUBLISHERS)
                .add("GET", "/api/v1/models/{model}/aliases/{alias}/history", ALL_READERS)
                .add("GET", "/api/v1/search", READERS)
                .add("POST", "/api/v1/resolve", PUBLISHERS_AND_NODES)
                .unaudited()
                .add("POST", "/api/v1/resolve/what-if", ALL_READERS)
                .unaudited();
    }

    private static void stacks(Lines lines) {
        lines.of(REGISTRY)
                .add("GET", "/api/v1/stacks/{digest}", ALL_READERS)
                .add("GET", "/api/v1/stacks/{digest}/manifest", ALL_READERS)
                .add("GET", "/api/v1/stacks/{digest}/signatures", ALL_READERS)
                .add("POST", "/api/v1/stacks/{digest}/signatures", ADMINS)
                .add("GET", "/api/v1/stacks/{digest}/blocks", ALL_READERS)
                .add("GET", "/api/v1/stacks/{digest}/export", ALL_READERS)
                .add("GET", "/api/v1/stacks/{digest}/content", ALL_READERS)
                .add("POST", "/api/v1/stacks/{digest}/verify", PUBLISHERS)
                .unaudited()
                .add("GET", "/api/v1/blobs/{digest}", ALL_READERS)
                .add("GET", "/api/v1/blobs/{digest}/references", READERS)
                // Bytes that belong to nothing until the import is finished, which is a change.
                .add("POST", "/api/v1/imports", PUBLISHERS)
                .unaudited()
                .add("PUT", "/api/v1/imports/{digest}", PUBLISHERS)
                .unaudited()
                .add("GET", "/api/v1/signing-keys", ALL_READERS)
                .add("POST", "/api/v1/signing-keys", ADMINS)
                .add("DELETE", "/api/v1/signing-keys/{id}", ADMINS);
    }

    private static void fleet(Lines lines) {
        lines.of(REGISTRY)
                .add("GET", "/api/v1/nodes", READERS)
                .add("GET", "/api/v1/nodes/{name}", READERS)
                // A node says how it is, twice a second; that it joined is written down.
                .add("PUT", "/api/v1/nodes/{node}", NODES)
                .unaudited()
                .add("PATCH", "/api/v1/nodes/{name}", ADMINS)
                .add("DELETE", "/api/v1/nodes/{name}", ADMINS)
                .add("POST", "/api/v1/nodes/{name}/drain", ADMINS)
                .add("POST", "/api/v1/nodes/{name}/undrain", ADMINS)
                .add("POST", "/api/v1/nodes/{name}/revoke", ADMINS)
                .add("GET", "/api/v1/deployments", READERS)
                .add("POST", "/api/v1/deployments", ADMINS)
                .add("GET", "/api/v1/deployments/{id}", READERS)
                .add("DELETE", "/api/v1/deployments/{id}", ADMINS)
                .add("PUT", "/api/v1/nodes/{name}/labels", ADMINS)
                .add("GET", "/api/v1/deployments/{id}/nodes", READERS)
                .add("POST", "/api/v1/deployments/{id}/rollouts", ADMINS)
                .add("GET", "/api/v1/rollouts", READERS)
                .add("GET", "/api/v1/rollouts/{id}", READERS)
                .add("POST", "/api/v1/rollouts/{id}/pause", ADMINS)
                .add("POST", "/api/v1/rollouts/{id}/resume", ADMINS)
                .add("POST", "/api/v1/rollouts/{id}/abort", ADMINS)
                .add("GET", "/api/v1/join-tokens", ADMINS)
                .add("POST", "/api/v1/join-tokens", ADMINS)
                .add("DELETE", "/api/v1/join-tokens/{id}", ADMINS)
                .add("POST", "/api/v1/join", NEWCOMERS)
                .add("POST", "/api/v1/internal/join-tokens/verify", SERVICES)
                .add("GET", "/api/v1/internal/nodes", SERVICES);
    }

    private static void operation(Lines lines) {
        lines.of(REGISTRY)
                .add("GET", "/api/v1/keys", ADMINS)
                .add("POST", "/api/v1/keys", ADMINS)
                .add("GET", "/api/v1/keys/{id}", ADMINS)
                .add("PATCH", "/api/v1/keys/{id}", ADMINS)
                .add("DELETE", "/api/v1/keys/{id}", ADMINS)
                .add("POST", "/api/v1/keys/{id}/rotate", ADMINS)
                .add("GET", "/api/v1/audit-events", ADMINS)
                .add("GET", "/api/v1/events", READERS)
                .add("GET", "/api/v1/storage", READERS)
                .add("GET", "/api/v1/storage/scrubs", READERS)
                .add("POST", "/api/v1/storage/collect", ADMINS)
                .add("POST", "/api/v1/storage/check", ADMINS)
                .unaudited()
                .add("GET", "/api/v1/webhooks", ADMINS)
                .add("POST", "/api/v1/webhooks", ADMINS)
                .add("GET", "/api/v1/webhooks/{id}", ADMINS)
                .add("PATCH", "/api/v1/webhooks/{id}", ADMINS)
                .add("DELETE", "/api/v1/webhooks/{id}", ADMINS)
                .add("POST", "/api/v1/webhooks/{id}/test", ADMINS)
                .add("GET", "/api/v1/webhooks/{id}/deliveries", ADMINS)
                .add("POST", "/api/v1/webhooks/{id}/deliveries/{delivery}/redeliver", ADMINS)
                .add("GET", "/api/v1/openapi.json", READERS)
                .add("GET", "/api/v1/openapi.json.yaml", READERS)
                .add("GET", "/api/v1/openapi.json/swagger-config", READERS)
                .add("POST", "/api/v1/internal/keys/verify", SERVICES)
                .add("POST", "/api/v1/internal/sessions", SERVICES)
                .add("POST", "/api/v1/internal/sessions/verify", SERVICES)
                .add("GET", "/api/v1/internal/sessions", SERVICES)
                .add("POST", "/api/v1/internal/sessions/{id}/end", SERVICES)
                .add("POST", "/api/v1/internal/events", SERVICES)
                .add("POST", "/api/v1/internal/audit-events", SERVICES);
    }

    private static void mlflow(Lines lines) {
        lines.of(REGISTRY)
                // A question that stock clients ask by POST.
                .add("POST", "/api/2.0/mlflow/registered-models/get-latest-versions", READERS)
                .unaudited()
                .add("GET", "/api/2.0/mlflow/**", READERS)
                .add("POST", "/api/2.0/mlflow/**", PUBLISHERS)
                .add("PATCH", "/api/2.0/mlflow/**", PUBLISHERS)
                .add("DELETE", "/api/2.0/mlflow/**", PUBLISHERS)
                .add("GET", "/api/2.0/mlflow-artifacts/**", READERS)
                .add("GET", "/api/3.0/mlflow/**", READERS)
                // There are none; who asks hears it in MLflow's own shape.
                .add("POST", "/api/2.0/mlflow-artifacts/**", PUBLISHERS)
                .add("POST", "/api/3.0/mlflow/**", PUBLISHERS);
    }

    private static void compression(Lines lines) {
        lines.of(COMPRESSION)
                .add("GET", "/api/v1/jobs", READERS)
                .add("POST", "/api/v1/jobs", PUBLISHERS)
                .add("GET", "/api/v1/jobs/{id}", READERS)
                .add("GET", "/api/v1/jobs/{id}/events", READERS)
                .add("GET", "/api/v1/jobs/{id}/log", READERS)
                .add("POST", "/api/v1/jobs/{id}/cancel", PUBLISHERS)
                .add("POST", "/api/v1/jobs/{id}/pause", PUBLISHERS)
                .add("POST", "/api/v1/jobs/{id}/resume", PUBLISHERS)
                .add("POST", "/api/v1/jobs/{id}/retry", PUBLISHERS)
                .add("GET", "/api/v1/uploads", READERS)
                .add("POST", "/api/v1/uploads", PUBLISHERS)
                .add("GET", "/api/v1/uploads/{id}", READERS)
                .add("DELETE", "/api/v1/uploads/{id}", PUBLISHERS)
                .add("POST", "/api/v1/uploads/{id}/complete", PUBLISHERS)
                .add("GET", "/api/v1/uploads/{id}/files/{name}", READERS)
                // A large file comes in thousands of pieces; that it was declared, completed or thrown away is written
                // down.
                .add("PATCH", "/api/v1/uploads/{id}/files/{name}", PUBLISHERS)
                .unaudited()
                .add("DELETE", "/api/v1/uploads/{id}/files/{name}", PUBLISHERS)
                .add("POST", "/api/v1/uploads/{id}/files/{name}/pieces", PUBLISHERS)
                .unaudited()
                .add("PUT", "/api/v1/uploads/{id}/files/{name}/pieces/{piece}", PUBLISHERS)
                .unaudited()
                .add("GET", "/api/v1/openapi/compression.json", READERS)
                .add("GET", "/api/v1/openapi/compression.json.yaml", READERS)
                .add("GET", "/api/v1/openapi/compression.json/swagger-config", READERS)
                .add("POST", "/api/v1/source-checks", PUBLISHERS)
                .unaudited();
    }

    private static void node(Lines lines) {
        lines.of(NODE)
                .add("GET", "/node/status", SERVICES)
                .add("*", "/v1/**", ASKERS)
                .unaudited();
    }

    /** Collects lines, a service at a time. */
    private static final class Lines {
        private final List<Route> routes = new ArrayList<>();
        private PlatformService service = GATEWAY;

        Lines of(PlatformService next) {
            service = next;
            return this;
        }

        Lines add(String method, String pattern, Role... roles) {
            routes.add(Route.of(service, method, pattern, roles));
            return this;
        }

        /** Of the last line: a question, or a part of something that is written down as a whole. */
        Lines unaudited() {
            routes.add(routes.removeLast().unaudited());
            return this;
        }
    }
}
