package io.bitstack.gateway.access;

import static io.bitstack.gateway.access.Scope.INFER;
import static io.bitstack.gateway.access.Scope.JOIN;
import static io.bitstack.gateway.access.Scope.NODE;
import static io.bitstack.gateway.access.Scope.PUBLISHER;
import static io.bitstack.gateway.access.Scope.VIEWER;

import java.util.List;
import java.util.Set;
import org.springframework.http.server.PathContainer;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/**
 * The one table of who may do what. The first rule that fits method and path decides; what no rule fits is denied.
 * {@link Scope#ADMIN} may do everything and is not named in the table.
 */
final class AccessRules {
    private static final String READ = "GET";
    private static final String ANY_NODE = "*";
    private static final Set<Scope> ADMIN_ALONE = Set.of();

    private static final List<Rule> RULES = List.of(
            rule("*", "/api/v1/keys/**", ADMIN_ALONE),
            rule("*", "/api/v1/webhooks/**", ADMIN_ALONE),
            rule("*", "/api/v1/join-tokens/**", ADMIN_ALONE),
            rule("POST", "/api/v1/join", Set.of(JOIN)),
            rule("PUT", "/api/v1/nodes/{node}", Set.of(NODE)),
            rule(READ, "/api/v1/stacks/**", Set.of(PUBLISHER, VIEWER, NODE)),
            rule(READ, "/api/v1/blobs/**", Set.of(PUBLISHER, VIEWER, NODE)),
            rule(READ, "/api/v1/models/**", Set.of(PUBLISHER, VIEWER, NODE)),
            rule(READ, "/api/v1/signing-keys", Set.of(PUBLISHER, VIEWER, NODE)),
            rule(READ, "/api/v1/**", Set.of(PUBLISHER, VIEWER)),
            rule("POST", "/api/v1/resolve", Set.of(PUBLISHER, NODE)),
            rule("POST", "/api/v1/models", Set.of(PUBLISHER)),
            rule("POST", "/api/v1/models/{model}/versions", Set.of(PUBLISHER)),
            rule("PUT", "/api/v1/models/{model}/aliases/{alias}", Set.of(PUBLISHER)),
            rule("DELETE", "/api/v1/models/{model}/aliases/{alias}", Set.of(PUBLISHER)),
            rule("POST", "/api/v1/resolve/what-if", Set.of(PUBLISHER, VIEWER, NODE)),
            rule("PATCH", "/api/v1/models/{model}", Set.of(PUBLISHER)),
            rule("DELETE", "/api/v1/models/{model}", Set.of(PUBLISHER)),
            rule("POST", "/api/v1/models/{model}/restore", Set.of(PUBLISHER)),
            rule("PATCH", "/api/v1/models/{model}/tags", Set.of(PUBLISHER)),
            rule("DELETE", "/api/v1/models/{model}/tags", Set.of(PUBLISHER)),
            rule("PATCH", "/api/v1/models/{model}/versions/{version}", Set.of(PUBLISHER)),
            rule("DELETE", "/api/v1/models/{model}/versions/{version}", Set.of(PUBLISHER)),
            rule("PATCH", "/api/v1/models/{model}/versions/{version}/tags", Set.of(PUBLISHER)),
            rule("DELETE", "/api/v1/models/{model}/versions/{version}/tags", Set.of(PUBLISHER)),
            rule("PUT", "/api/v1/models/{model}/versions/{version}/lineage", Set.of(PUBLISHER)),
            rule("POST", "/api/v1/models/{model}/imports", Set.of(PUBLISHER)),
            rule("POST", "/api/v1/imports", Set.of(PUBLISHER)),
            rule("PUT", "/api/v1/imports/{digest}", Set.of(PUBLISHER)),
            rule("POST", "/api/v1/stacks/{digest}/verify", Set.of(PUBLISHER)),
            rule(READ, "/api/2.0/mlflow/**", Set.of(PUBLISHER, VIEWER)),
            rule(READ, "/api/2.0/mlflow-artifacts/**", Set.of(PUBLISHER, VIEWER)),
            rule(READ, "/api/3.0/mlflow/**", Set.of(PUBLISHER, VIEWER)),
            // A question that stock clients ask by POST.
            rule("POST", "/api/2.0/mlflow/registered-models/get-latest-versions", Set.of(PUBLISHER, VIEWER)),
            rule("POST", "/api/2.0/mlflow/**", Set.of(PUBLISHER)),
            rule("PATCH", "/api/2.0/mlflow/**", Set.of(PUBLISHER)),
            rule("DELETE", "/api/2.0/mlflow/**", Set.of(PUBLISHER)),
            rule("POST", "/api/v1/source-checks", Set.of(PUBLISHER)),
            rule("POST", "/api/v1/jobs", Set.of(PUBLISHER)),
            rule("POST", "/api/v1/jobs/{job}/cancel", Set.of(PUBLISHER)),
            rule("POST", "/api/v1/jobs/{job}/pause", Set.of(PUBLISHER)),
            rule("POST", "/api/v1/jobs/{job}/resume", Set.of(PUBLISHER)),
            rule(READ, "/v1/models/**", Set.of(INFER)),
            rule("POST", "/v1/chat/completions", Set.of(INFER)),
            rule("POST", "/v1/completions", Set.of(INFER)));

    private AccessRules() {}

    /** Whether a key's owner may send this request. HEAD counts as GET. */
    static boolean allow(Principal who, String method, String path) {
        if (who.scope() == Scope.ADMIN) {
            return true;
        }
        PathContainer parsed = PathContainer.parsePath(path);
        String asked = method.equals("HEAD") ? READ : method;
        return RULES.stream()
                .filter(rule -> rule.fits(asked, parsed))
                .findFirst()
                .filter(rule -> rule.scopes().contains(who.scope()) && rule.isOwn(who, parsed))
                .isPresent();
    }

    private static Rule rule(String method, String pattern, Set<Scope> scopes) {
        return new Rule(method, PathPatternParser.defaultInstance.parse(pattern), scopes);
    }

    private record Rule(String method, PathPattern pattern, Set<Scope> scopes) {
        boolean fits(String asked, PathContainer path) {
            return (method.equals("*") || method.equals(asked)) && pattern.matches(path);
        }

        /** A node writes under its own name only: its key's name, or any name for a key named {@code *}. */
        boolean isOwn(Principal who, PathContainer path) {
            PathPattern.PathMatchInfo match = pattern.matchAndExtract(path);
            String node = match == null ? null : match.getUriVariables().get("node");
            return node == null || node.equals(who.name()) || ANY_NODE.equals(who.name());
        }
    }
}
