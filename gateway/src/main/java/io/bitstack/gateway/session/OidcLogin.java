package io.bitstack.gateway.session;

import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.crypto.DirectDecrypter;
import com.nimbusds.jose.crypto.DirectEncrypter;
import com.nimbusds.jwt.EncryptedJWT;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.GeneralException;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponse;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import io.bitstack.gateway.identity.OidcProvider;
import io.bitstack.gateway.identity.Principal;
import io.bitstack.gateway.identity.SessionCookies;
import io.bitstack.gateway.identity.Sessions;
import io.bitstack.gateway.settings.GatewaySettings;
import io.bitstack.gateway.settings.SharedSecret;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URI;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseCookie;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * Logs a browser in through the OIDC provider: authorization code with PKCE, state and nonce. What has to be remembered in between is sealed into a cookie, so any
 * gateway may take the answer, and only from the browser that asked.
 */
@Component
@ConditionalOnProperty("bitstack.gateway.oidc.client-id")
public class OidcLogin {
    static final String START = "/api/v1/session/oidc";
    private static final String CALLBACK = START + "/callback";
    private static final String COOKIE = "bitstack-login";
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final int TIMEOUT_MILLIS = 10_000;
    private static final String AFTER = "/";
    private static final String FAILED = "/?login=failed";
    private static final Logger LOG = LoggerFactory.getLogger(OidcLogin.class);

    private final OidcProvider provider;
    private final Sessions sessions;
    private final GatewaySettings settings;
    private final ClientID client;
    private final byte[] sealingKey;
    private final URI callback;

    OidcLogin(OidcProvider provider, Sessions sessions, GatewaySettings settings, SharedSecret secret) {
        this.provider = provider;
        this.sessions = sessions;
        this.settings = settings;
        this.client = new ClientID(Objects.requireNonNull(provider.settings().clientId()));
        this.sealingKey = secret.key("oidc login 1");
        URI publicUrl = settings.publicUrl();
        if (publicUrl == null) {
            throw new IllegalStateException("bitstack.gateway.public-url is not set; the login provider sends browsers"
                    + " back to it: set BITSTACK_GATEWAY_PUBLIC_URL");
        }
        this.callback = publicUrl.resolve(CALLBACK);
    }

    String name() {
        return provider.settings().name();
    }

    /** {@code GET /api/v1/session/oidc}: sends the browser to the provider. */
    public ServerResponse start(ServerRequest request) {
        State state = new State();
        Nonce nonce = new Nonce();
        CodeVerifier verifier = new CodeVerifier();
        AuthenticationRequest question = new AuthenticationRequest.Builder(
                        ResponseType.CODE, new Scope("openid", "profile", "email"), client, callback)
                .endpointURI(provider.metadata().getAuthorizationEndpointURI())
                .state(state)
                .nonce(nonce)
                .codeChallenge(verifier, CodeChallengeMethod.S256)
                .build();
        String sealed = seal(new JWTClaimsSet.Builder()
                .claim("state", state.getValue())
                .claim("nonce", nonce.getValue())
                .claim("verifier", verifier.getValue())
                .expirationTime(Date.from(Instant.now().plus(PATIENCE)))
                .build());
        return to(question.toURI(), cookie(request, sealed, PATIENCE)).build();
    }

    /** {@code GET /api/v1/session/oidc/callback}: the browser comes back from the provider. */
    public ServerResponse callback(ServerRequest request) {
        HttpServletRequest servlet = request.servletRequest();
        String clear = cookie(request, "", Duration.ZERO);
        Optional<Principal> person = person(request);
        if (person.isEmpty()) {
            return to(URI.create(FAILED), clear).build();
        }
        Sessions.Opened opened = sessions.open(person.get(), servlet);
        String session =
                SessionCookies.give(servlet, opened.cookie(), settings.session().lifetime());
        return to(URI.create(AFTER), clear)
                .header(HttpHeaders.SET_COOKIE, session)
                .build();
    }

    private Optional<Principal> person(ServerRequest request) {
        Optional<JWTClaimsSet> begun = begun(request.servletRequest());
        String code = request.param("code").orElse("");
        if (begun.isEmpty() || code.isEmpty()) {
            LOG.info(
                    "a login was refused by the provider, or did not begin here: {}",
                    request.param("error").isPresent());
            return Optional.empty();
        }
        try {
            JWTClaimsSet login = begun.get();
            if (!Objects.equals(
                    login.getStringClaim("state"), request.param("state").orElse(""))) {
                LOG.info("a login came back with another state than it went with");
                return Optional.empty();
            }
            String token = exchange(code, new CodeVerifier(login.getStringClaim("verifier")));
            return provider.verify(token, client.getValue())
                    .filter(claims -> login.getClaim("nonce").equals(claims.getClaim("nonce")))
                    .flatMap(provider::person);
        } catch (ParseException | GeneralException | IOException e) {
            LOG.info("a login failed at the provider: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private String exchange(String code, CodeVerifier verifier) throws IOException, GeneralException {
        AuthorizationCodeGrant grant = new AuthorizationCodeGrant(new AuthorizationCode(code), callback, verifier);
        URI endpoint = provider.metadata().getTokenEndpointURI();
        String secret = provider.settings().clientSecret();
        TokenRequest question = secret == null || secret.isBlank()
                ? new TokenRequest.Builder(endpoint, client, grant).build()
                : new TokenRequest.Builder(endpoint, new ClientSecretBasic(client, new Secret(secret)), grant).build();
        HTTPRequest http = question.toHTTPRequest();
        http.setConnectTimeout(TIMEOUT_MILLIS);
        http.setReadTimeout(TIMEOUT_MILLIS);
        TokenResponse answer = OIDCTokenResponseParser.parse(http.send());
        if (!(answer instanceof OIDCTokenResponse success)) {
            throw new GeneralException(answer.toErrorResponse().getErrorObject());
        }
        return success.getOIDCTokens().getIDTokenString();
    }

    private Optional<JWTClaimsSet> begun(HttpServletRequest request) {
        Cookie[] cookies = request.getCookies();
        return cookies == null
                ? Optional.empty()
                : Arrays.stream(cookies)
                        .filter(cookie -> cookie.getName().equals(COOKIE))
                        .findFirst()
                        .flatMap(cookie -> open(cookie.getValue()));
    }

    private String seal(JWTClaimsSet claims) {
        EncryptedJWT sealed = new EncryptedJWT(new JWEHeader(JWEAlgorithm.DIR, EncryptionMethod.A256GCM), claims);
        try {
            sealed.encrypt(new DirectEncrypter(sealingKey));
        } catch (JOSEException e) {
            throw new IllegalStateException("a login could not be sealed", e);
        }
        return sealed.serialize();
    }

    private Optional<JWTClaimsSet> open(String sealed) {
        try {
            EncryptedJWT jwt = EncryptedJWT.parse(sealed);
            jwt.decrypt(new DirectDecrypter(sealingKey));
            JWTClaimsSet claims = jwt.getJWTClaimsSet();
            Date until = claims.getExpirationTime();
            return until != null && Instant.now().isBefore(until.toInstant()) ? Optional.of(claims) : Optional.empty();
        } catch (ParseException | JOSEException e) {
            return Optional.empty();
        }
    }

    /** Lax, since the provider is another site and sends the browser back. */
    private static String cookie(ServerRequest request, String value, Duration lifetime) {
        return ResponseCookie.from(COOKIE, value)
                .httpOnly(true)
                .secure(request.servletRequest().isSecure())
                .sameSite("Lax")
                .path(START)
                .maxAge(lifetime)
                .build()
                .toString();
    }

    private static ServerResponse.BodyBuilder to(URI target, String cookie) {
        return ServerResponse.status(HttpStatus.FOUND)
                .location(target)
                .header(HttpHeaders.SET_COOKIE, cookie)
                .cacheControl(CacheControl.noStore());
    }
}
