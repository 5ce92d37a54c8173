package io.bitstack.gateway.settings;

import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The OIDC provider, under {@code bitstack.gateway.oidc}.
 *
 * @param issuer its issuer, below which it publishes its configuration
 * @param name what the login page calls it
 * @param audience whom bearer tokens have to be for
 * @param clientId by which the gateway is known to it; absent: bearer tokens are taken, but nobody logs in by it
 * @param clientSecret what the gateway shows to it; absent for a public client
 * @param rolesClaim the claim that holds a person's roles: a text, a list, or a path such as {@code realm_access.roles}
 * @param roles what the provider calls our scopes, by scope; a scope that is not named goes by its own name
 */
public record OidcSettings(
        URI issuer,
        @DefaultValue("Single sign-on") String name,
        @DefaultValue("bitstack") String audience,
        @Nullable String clientId,
        @Nullable String clientSecret,
        @DefaultValue("roles") String rolesClaim,
        @DefaultValue Map<String, String> roles) {
    /** Without the secret. */
    @Override
    public String toString() {
        return "OidcSettings[issuer=%s, clientId=%s]".formatted(issuer, clientId);
    }
}
