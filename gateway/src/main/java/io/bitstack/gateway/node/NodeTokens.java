package io.bitstack.gateway.node;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import io.bitstack.service.access.CallerIdentity;
import io.bitstack.service.access.InternalTokens;
import io.bitstack.service.access.PlatformService;
import java.time.Duration;

/**
 * What the gateway shows to nodes. A token's times are in whole seconds, so that all requests of one caller for one path of a node within a second carry the same one: it is
 * signed once.
 */
final class NodeTokens {
    private static final int MOST_NODES = 10_000;
    private static final int MOST_TOKENS = 10_000;
    private static final Duration KEEP = Duration.ofSeconds(2);

    /** By the nodes' secrets; to derive a key from one anew for each token would cost more than the token. */
    private final LoadingCache<String, InternalTokens> signers = Caffeine.newBuilder()
            .maximumSize(MOST_NODES)
            .executor(Runnable::run)
            .build(InternalTokens::new);

    private final LoadingCache<Signed, String> headers = Caffeine.newBuilder()
            .maximumSize(MOST_TOKENS)
            .expireAfterWrite(KEEP)
            .executor(Runnable::run)
            .build(signed ->
                    signed.signer().header(signed.caller(), PlatformService.NODE, signed.method(), signed.rawPath()));

    /** What is signed, and when: with the signer, which says nothing of its secret. */
    private record Signed(InternalTokens signer, CallerIdentity caller, String method, String rawPath, long second) {}

    /** A value of the header {@code Authorization} for a request of a caller to the node that has the secret. */
    String header(String secret, CallerIdentity caller, String method, String rawPath) {
        long second = System.currentTimeMillis() / 1000;
        return headers.get(new Signed(signers.get(secret), caller, method, rawPath, second));
    }
}
