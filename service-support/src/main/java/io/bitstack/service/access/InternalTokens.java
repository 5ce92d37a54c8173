package io.bitstack.service.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs and checks the tokens that services show each other: JWTs for one request of one service, by a secret that both know and never send. A token
 * that was overheard is of no use for another request, another service, or later.
 */
public final class InternalTokens {
    private static final Duration LIFETIME = Duration.ofSeconds(60);
    /** How far the clocks of two machines may be apart. */
    private static final Duration SKEW = Duration.ofSeconds(30);

    private static final String ISSUER = "bitstack";
    private static final String ROLE = "role";
    private static final String REQUEST = "req";
    private static final String LABEL = "bitstack internal token 1";

    private final MACSigner signer;
    private final MACVerifier verifier;
    private final Clock clock;

    /** @throws IllegalArgumentException if the secret is blank, which would let everybody in */
    public InternalTokens(String secret) {
        this(secret, Clock.systemUTC());
    }

    /** @param clock says what time it is, for those who look at a token later than it was shown */
    public InternalTokens(String secret, Clock clock) {
        if (secret.isBlank()) {
            throw new IllegalArgumentException("a blank secret protects nothing");
        }
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            byte[] key = mac.doFinal(LABEL.getBytes(StandardCharsets.US_ASCII));
            this.signer = new MACSigner(key);
            this.verifier = new MACVerifier(key);
        } catch (GeneralSecurityException | JOSEException e) {
            throw new IllegalStateException("every Java platform has HMAC-SHA256", e);
        }
        this.clock = clock;
    }

    /**
     * A value of the header {@code Authorization} for one request.
     *
     * @param rawPath the path as it is sent, without its query
     */
    public String header(CallerIdentity caller, PlatformService service, String method, String rawPath) {
        Instant now = clock.instant();
        SignedJWT token = new SignedJWT(
                new JWSHeader(JWSAlgorithm.HS256),
                new JWTClaimsSet.Builder()
                        .issuer(ISSUER)
                        .audience(service.applicationName())
                        .subject(caller.id())
                        .claim(ROLE, caller.role().text())
                        .claim(REQUEST, request(method, rawPath))
                        .issueTime(Date.from(now))
                        .expirationTime(Date.from(now.plus(LIFETIME)))
                        .build());
        try {
            token.sign(signer);
        } catch (JOSEException e) {
            throw new IllegalStateException("a token could not be signed", e);
        }
        return "Bearer " + token.serialize();
    }

    /** Who signed a token for this very request; empty for anything else. */
    public Optional<CallerIdentity> verify(String token, PlatformService service, String method, String rawPath) {
        try {
            SignedJWT parsed = SignedJWT.parse(token);
            if (!JWSAlgorithm.HS256.equals(parsed.getHeader().getAlgorithm()) || !parsed.verify(verifier)) {
                return Optional.empty();
            }
            JWTClaimsSet claims = parsed.getJWTClaimsSet();
            boolean isForUs = ISSUER.equals(claims.getIssuer())
                    && claims.getAudience().equals(List.of(service.applicationName()))
                    && request(method, rawPath).equals(claims.getStringClaim(REQUEST));
            if (!isForUs || !isTimely(claims) || claims.getSubject() == null) {
                return Optional.empty();
            }
            return Role.of(claims.getStringClaim(ROLE)).map(role -> new CallerIdentity(claims.getSubject(), role));
        } catch (ParseException | JOSEException e) {
            return Optional.empty();
        }
    }

    private boolean isTimely(JWTClaimsSet claims) {
        Instant now = clock.instant();
        Date from = claims.getIssueTime();
        Date until = claims.getExpirationTime();
        return from != null
                && until != null
                && !now.isBefore(from.toInstant().minus(SKEW))
                && now.isBefore(until.toInstant().plus(SKEW));
    }

    private static String request(String method, String rawPath) {
        return method + " " + rawPath;
    }
}
