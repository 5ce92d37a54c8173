package io.bitstack.gateway.node;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import io.bitstack.service.access.CallerIdentity;
import io.bitstack.service.access.InternalTokens;
import io.bitstack.service.access.PlatformService;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * What the gateway shows to nodes. To sign a token takes longer than all else that happens to a request, so that one is shown for a few of the seconds that it is good for, and whoever comes back
 * finds a new one that was signed when his last answer had ended.
 */
final class NodeTokens {
    private static final int MOST_NODES = 10_000;
    private static final int MOST_TOKENS = 10_000;
    /** Much less than a token is good for. */
    private static final Duration KEEP = Duration.ofSeconds(10);

    private static final Duration FRESH = KEEP.dividedBy(2);

    private final Clock clock;
    /** By the nodes' secrets; to derive a key from one anew for each token would cost more than the token. */
    private final LoadingCache<String, InternalTokens> signers;

    private final Cache<Signed, Token> tokens;

    NodeTokens() {
        this(Clock.systemUTC());
    }

    NodeTokens(Clock clock) {
        this.clock = clock;
        this.signers = Caffeine.newBuilder()
                .maximumSize(MOST_NODES)
                .executor(Runnable::run)
                .build(secret -> new InternalTokens(secret, clock));
        this.tokens = Caffeine.newBuilder()
                .maximumSize(MOST_TOKENS)
                .expireAfterWrite(KEEP)
                .ticker(() -> TimeUnit.MILLISECONDS.toNanos(clock.millis()))
                .executor(Runnable::run)
                .build();
    }

    private record Token(String header, long signedMillis) {}

    /** A value of the header {@code Authorization} for a request of a caller to the node that has the secret. */
    String header(String secret, CallerIdentity caller, String method, String rawPath) {
        Signed signed = new Signed(signers.get(secret), caller, method, rawPath);
        Token token = tokens.getIfPresent(signed);
        return (token == null ? sign(signed) : token).header();
    }

    /** Signs the next one, if it is time to, for a caller who asks the same again and again; for one whose last token is gone by now it would be of no use. */
    void renew(String secret, CallerIdentity caller, String method, String rawPath) {
        Signed signed = new Signed(signers.get(secret), caller, method, rawPath);
        Token token = tokens.getIfPresent(signed);
        if (token != null && clock.millis() - token.signedMillis() >= FRESH.toMillis()) {
            sign(signed);
        }
    }

    private Token sign(Signed signed) {
        Token token = new Token(
                signed.signer().header(signed.caller(), PlatformService.NODE, signed.method(), signed.rawPath()),
                clock.millis());
        tokens.put(signed, token);
        return token;
    }

    /**
     * What is signed, with the signer, which says nothing of its secret. What a record compares by itself is put together of method handles when it runs, which at ten requests a second takes
     * longer than all else that is looked up for a request.
     */
    private record Signed(InternalTokens signer, CallerIdentity caller, String method, String rawPath) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Signed same
                    && signer == same.signer
                    && caller.id().equals(same.caller.id())
                    && caller.role() == same.caller.role()
                    && method.equals(same.method)
                    && rawPath.equals(same.rawPath);
        }

        @Override
        public int hashCode() {
            return 31 * (31 * caller.id().hashCode() + rawPath.hashCode()) + System.identityHashCode(signer);
        }
    }
}
