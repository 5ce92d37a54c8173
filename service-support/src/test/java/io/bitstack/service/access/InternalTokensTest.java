package io.bitstack.service.access;

import static io.bitstack.service.access.PlatformService.COMPRESSION;
import static io.bitstack.service.access.PlatformService.REGISTRY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Date;
import org.junit.jupiter.api.Test;

/** A token is good for one request of one service, for a short while, and for nothing else. */
class InternalTokensTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final String PATH = "/api/v1/models";
    private static final CallerIdentity CALLER = new CallerIdentity("k1", Role.VIEWER);

    private final InternalTokens tokens = at(NOW);
    private final String token = token("GET", PATH);

    private static InternalTokens at(Instant now) {
        return new InternalTokens("a-secret", Clock.fixed(now, ZoneOffset.UTC));
    }

    private String token(String method, String path) {
        return tokens.header(CALLER, REGISTRY, method, path).substring("Bearer ".length());
    }

    @Test
    void saysWhoAsks() {
        assertThat(tokens.verify(token, REGISTRY, "GET", PATH)).hasValue(CALLER);
        assertThat(token).doesNotContain("a-secret");
    }

    @Test
    void isForOneRequestOfOneService() {
        assertThat(tokens.verify(token, COMPRESSION, "GET", PATH)).isEmpty();
        assertThat(tokens.verify(token, REGISTRY, "DELETE", PATH)).isEmpty();
        assertThat(tokens.verify(token, REGISTRY, "GET", PATH + "/m")).isEmpty();
    }

    @Test
    void endsSoon() {
        assertThat(at(NOW.plus(Duration.ofSeconds(80))).verify(token, REGISTRY, "GET", PATH))
                .isPresent();
        assertThat(at(NOW.plus(Duration.ofSeconds(91))).verify(token, REGISTRY, "GET", PATH))
                .isEmpty();
        assertThat(at(NOW.minus(Duration.ofSeconds(31))).verify(token, REGISTRY, "GET", PATH))
                .isEmpty();
    }

    @Test
    void anotherSecretOrNoneSignsNothing() throws Exception {
        assertThat(new InternalTokens("another").verify(token, REGISTRY, "GET", PATH))
                .isEmpty();
        JWTClaimsSet claims = SignedJWT.parse(token).getJWTClaimsSet();
        assertThat(tokens.verify(new PlainJWT(claims).serialize(), REGISTRY, "GET", PATH))
                .isEmpty();
        JWTClaimsSet more = new JWTClaimsSet.Builder(claims)
                .claim("role", "admin")
                .expirationTime(Date.from(NOW.plusSeconds(3600)))
                .build();
        SignedJWT forged = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), more);
        forged.sign(new MACSigner(new byte[32]));
        assertThat(tokens.verify(forged.serialize(), REGISTRY, "GET", PATH)).isEmpty();
        String[] parts = token.split("\\.");
        String[] others = forged.serialize().split("\\.");
        assertThat(tokens.verify(parts[0] + "." + others[1] + "." + parts[2], REGISTRY, "GET", PATH))
                .isEmpty();
        for (String garbage : new String[] {"", "a-secret", "..", "a.b.c", token + "x"}) {
            assertThat(tokens.verify(garbage, REGISTRY, "GET", PATH))
                    .as(garbage)
                    .isEmpty();
        }
    }

    @Test
    void aBlankSecretIsRefused() {
        assertThatThrownBy(() -> new InternalTokens(" ")).isInstanceOf(IllegalArgumentException.class);
    }
}
