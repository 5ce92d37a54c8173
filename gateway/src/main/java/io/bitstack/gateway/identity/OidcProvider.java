package io.bitstack.gateway.identity;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import com.nimbusds.oauth2.sdk.GeneralException;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.gateway.settings.GatewaySettings;
import io.bitstack.gateway.settings.OidcSettings;
import io.bitstack.service.ApiException;
import io.bitstack.service.access.Role;
import java.io.IOException;
import java.net.MalformedURLException;
import java.text.ParseException;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.stereotype.Component;

/**
 * The OIDC provider: its configuration and keys are fetched when they are first needed, kept, and fetched again when a token names a key that is not among them.
 */
@Component
@ConditionalOnProperty("bitstack.gateway.oidc.issuer")
public class OidcProvider {
    private static final Logger LOG = LoggerFactory.getLogger(OidcProvider.class);
    private static final int TIMEOUT_MILLIS = 5000;
    /** Signatures by the provider's private key; none by a shared secret, and never none at all. */
    private static final Set<JWSAlgorithm> ALGORITHMS = Set.of(
            JWSAlgorithm.RS256,
            JWSAlgorithm.RS384,
            JWSAlgorithm.RS512,
            JWSAlgorithm.PS256,
            JWSAlgorithm.PS384,
            JWSAlgorithm.PS512,
            JWSAlgorithm.ES256,
            JWSAlgorithm.ES384,
            JWSAlgorithm.ES512);

    /** Whoever has several is the first of these. Nodes have keys. */
    private static final List<Role> ROLES = List.of(Role.ADMIN, Role.PUBLISHER, Role.VIEWER, Role.INFER);

    private final OidcSettings settings;
    private @Nullable Known known;

    OidcProvider(GatewaySettings settings) {
        this.settings = Objects.requireNonNull(settings.oidc(), "the bean's condition says that there are settings");
    }

    private record Known(OIDCProviderMetadata metadata, JWKSource<SecurityContext> keys) {}

    /** Whether a credential has the form of a JWT, which no API key has. */
    static boolean looksLikeToken(String credential) {
        return credential.chars().filter(c -> c == '.').count() == 2;
    }

    public OidcSettings settings() {
        return settings;
    }

    /** What the provider publishes about itself. */
    public OIDCProviderMetadata metadata() {
        return known().metadata();
    }

    /** Whom a bearer token belongs to; empty when it is not the provider's, not for us, expired, or names no role of ours. */
    Optional<Principal> verify(String token) {
        return verify(token, settings.audience()).flatMap(this::person);
    }

    /** The claims of a token that the provider signed for an audience; empty when it did not, or the token has expired. */
    public Optional<JWTClaimsSet> verify(String token, String audience) {
        Known provider = known();
        DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(ALGORITHMS, provider.keys()));
        processor.setJWTClaimsSetVerifier(new DefaultJWTClaimsVerifier<>(
                audience,
                new JWTClaimsSet.Builder()
                        .issuer(provider.metadata().getIssuer().getValue())
                        .build(),
                Set.of("sub", "exp", "iat")));
        try {
            return Optional.of(processor.process(token, null));
        } catch (ParseException | BadJOSEException e) {
            LOG.info("a token is refused: {}", e.getMessage());
            return Optional.empty();
        } catch (JOSEException e) {
            throw new ApiException(
                    GatewayCode.PROVIDER_UNREACHABLE, "the provider's keys cannot be had; try again in a moment", e);
        }
    }

    /** Who the claims are about; empty when they name no role of ours. */
    public Optional<Principal> person(JWTClaimsSet claims) {
        Set<String> held = held(claims);
        String name = text(claims, "preferred_username")
                .or(() -> text(claims, "name"))
                .or(() -> text(claims, "email"))
                .orElse(claims.getSubject());
        return ROLES.stream()
                .filter(role -> held.contains(settings.roles().getOrDefault(role.text(), role.text())))
                .findFirst()
                .map(role -> new Principal(BrowserSession.OIDC + claims.getSubject(), name, role, null));
    }

    private Set<String> held(JWTClaimsSet claims) {
        Object at = claims.getClaims();
        for (String step : settings.rolesClaim().split("\\.")) {
            at = at instanceof Map<?, ?> object ? object.get(step) : null;
        }
        Set<String> held = new HashSet<>();
        if (at instanceof Collection<?> values) {
            values.forEach(value -> held.add(String.valueOf(value)));
        } else if (at instanceof String text) {
            held.addAll(Arrays.asList(text.split(" ")));
        }
        return held;
    }

    private static Optional<String> text(JWTClaimsSet claims, String name) {
        return claims.getClaim(name) instanceof String text && !text.isBlank() ? Optional.of(text) : Optional.empty();
    }

    private synchronized Known known() {
        Known before = known;
        if (before != null) {
            return before;
        }
        try {
            OIDCProviderMetadata metadata = OIDCProviderMetadata.resolve(
                    new Issuer(settings.issuer().toString()), TIMEOUT_MILLIS, TIMEOUT_MILLIS);
            JWKSource<SecurityContext> keys = JWKSourceBuilder.create(
                            metadata.getJWKSetURI().toURL())
                    .retrying(true)
                    .build();
            Known found = new Known(metadata, keys);
            known = found;
            return found;
        } catch (GeneralException | IOException e) {
            String why = e instanceof MalformedURLException ? "names no address of its keys" : "does not answer";
            throw new ApiException(
                    GatewayCode.PROVIDER_UNREACHABLE,
                    "the login provider %s %s; try again in a moment".formatted(settings.issuer(), why),
                    e);
        }
    }
}
