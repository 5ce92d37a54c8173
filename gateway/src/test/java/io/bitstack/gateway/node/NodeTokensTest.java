package io.bitstack.gateway.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.service.access.CallerIdentity;
import io.bitstack.service.access.InternalTokens;
import io.bitstack.service.access.PlatformService;
import io.bitstack.service.access.Role;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** A token that was signed is shown again only for what it was signed for. */
class NodeTokensTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final CallerIdentity ONE = new CallerIdentity("k1", Role.INFER);
    private static final CallerIdentity OTHER = new CallerIdentity("k2", Role.ADMIN);

    private final NodeTokens tokens = new NodeTokens();

    /** Asks for each token twice, since the second may be one that was kept. */
    private void assertShown(String secret, CallerIdentity caller, String method, String path) {
        for (int i = 0; i < 2; i++) {
            String token = tokens.header(secret, caller, method, path).substring("Bearer ".length());
            assertThat(new InternalTokens(secret).verify(token, PlatformService.NODE, method, path))
                    .contains(caller);
            assertThat(new InternalTokens("another").verify(token, PlatformService.NODE, method, path))
                    .isEmpty();
            assertThat(new InternalTokens(secret).verify(token, PlatformService.NODE, method, path + "x"))
                    .isEmpty();
        }
    }

    @Test
    void eachCallerNodeMethodAndPathHasItsOwn() {
        assertShown("of-a", ONE, "POST", CHAT);
        assertShown("of-a", OTHER, "POST", CHAT);
        assertShown("of-b", ONE, "POST", CHAT);
        assertShown("of-a", ONE, "GET", CHAT);
        assertShown("of-a", ONE, "POST", "/v1/completions");
    }

    @Test
    void whoComesBackFindsANewOneThatWasSignedInBetween() {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
        InstantSource source = now::get;
        Clock clock = source.withZone(ZoneOffset.UTC);
        NodeTokens kept = new NodeTokens(clock);
        String first = kept.header("of-a", ONE, "POST", CHAT);
        now.updateAndGet(time -> time.plusSeconds(4));
        kept.renew("of-a", ONE, "POST", CHAT);
        assertThat(kept.header("of-a", ONE, "POST", CHAT)).isEqualTo(first);
        now.updateAndGet(time -> time.plusSeconds(2));
        assertThat(kept.header("of-a", ONE, "POST", CHAT)).isEqualTo(first);
        kept.renew("of-a", ONE, "POST", CHAT);
        String second = kept.header("of-a", ONE, "POST", CHAT);
        assertThat(second).isNotEqualTo(first);
        now.updateAndGet(time -> time.plusSeconds(9));
        assertThat(kept.header("of-a", ONE, "POST", CHAT)).isEqualTo(second);
        assertThat(new InternalTokens("of-a", clock)
                        .verify(second.substring("Bearer ".length()), PlatformService.NODE, "POST", CHAT))
                .contains(ONE);
        // One that nobody has renewed is not shown for long.
        now.updateAndGet(time -> time.plusSeconds(2));
        assertThat(kept.header("of-a", ONE, "POST", CHAT)).isNotEqualTo(second);
    }
}
