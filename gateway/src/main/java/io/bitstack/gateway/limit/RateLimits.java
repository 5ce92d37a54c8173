package io.bitstack.gateway.limit;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.gateway.settings.GatewaySettings;
import io.bitstack.service.ApiException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;

/**
 * What keys and addresses may ask in a time. Answers say what is left by the headers {@code RateLimit} and {@code RateLimit-Policy} of the IETF's draft, refusals by
 * {@code Retry-After} too.
 */
@Component
public class RateLimits {
    private static final String LIMIT = "RateLimit";
    private static final String POLICY = "RateLimit-Policy";
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private static final String REQUESTS = "requests";
    private static final String ADDRESS = "address";
    private static final String FAILURES = "failures";
    private static final String TOKENS = "tokens";
    private static final String ADDRESS_TOKENS = "address-tokens";

    private final Buckets requests;
    private final Buckets addresses;
    private final Buckets failures;
    private final Buckets tokens;
    private final Buckets addressTokens;
    private final String requestPolicy;
    private final String addressPolicy;
    private final MeterRegistry meters;

    RateLimits(GatewaySettings settings, MeterRegistry meters) {
        GatewaySettings.Limits limits = settings.limits();
        this.requests = new Buckets(limits.requestBurst(), limits.requestsPerSecond(), SECOND);
        this.addresses = new Buckets(limits.addressRequestBurst(), limits.addressRequestsPerSecond(), SECOND);
        this.failures = new Buckets(limits.failedKeysPerMinute(), limits.failedKeysPerMinute(), MINUTE);
        this.tokens = new Buckets(limits.tokensPerMinute(), limits.tokensPerMinute(), MINUTE);
        this.addressTokens = new Buckets(limits.addressTokensPerMinute(), limits.addressTokensPerMinute(), MINUTE);
        this.requestPolicy = policy(REQUESTS, limits.requestBurst(), limits.requestsPerSecond());
        this.addressPolicy = policy(ADDRESS, limits.addressRequestBurst(), limits.addressRequestsPerSecond());
        this.meters = meters;
        // Those that nothing was refused by are seen to be 0.
        List.of("key", ADDRESS, FAILURES, TOKENS, ADDRESS_TOKENS).forEach(this::refusals);
    }

    private static String policy(String name, int burst, int perSecond) {
        return "\"%s\";q=%d;w=%d".formatted(name, burst, Math.max(1, burst / perSecond));
    }

    /** Counts a request of an address; throws when it is one too many. */
    public void countAddress(HttpServletRequest request, HttpServletResponse response) {
        Buckets.Left left = addresses.take(address(request));
        if (left.isRefused()) {
            response.setHeader(POLICY, addressPolicy);
            response.setHeader(LIMIT, none(ADDRESS, left));
        }
        refuse(response, left, ADDRESS, "this address has sent more requests than it may");
    }

    /** Counts a request of a key; throws when it is one too many. */
    public void countKey(String id, HttpServletResponse response) {
        Buckets.Left left = requests.take(id);
        response.setHeader(POLICY, requestPolicy);
        response.setHeader(
                LIMIT,
                // On the way of every token: a format would be parsed for each.
                "\"" + REQUESTS + "\";r=" + left.remaining() + ";t="
                        + (left.isRefused() ? left.retryAfterSeconds() : left.fullAfterSeconds()));
        refuse(response, left, "key", "this key has sent more requests than it may");
    }

    /** Throws when an address has tried too many keys that are none. */
    public void requireFewFailures(HttpServletRequest request, HttpServletResponse response) {
        Buckets.Left left = failures.look(address(request));
        refuseInAMinute(response, left, FAILURES, "too many unknown keys came from this address");
    }

    /** Counts a key that is none. */
    public void failed(HttpServletRequest request) {
        failures.charge(address(request), 1);
    }

    /** The name under which a request's address is counted. */
    public static String address(HttpServletRequest request) {
        return ClientNetwork.of(request.getRemoteAddr());
    }

    /** Throws when a key or an address has used up its tokens. */
    public void requireTokens(String id, String address, HttpServletResponse response) {
        refuseInAMinute(response, tokens.look(id), TOKENS, "this key has used more tokens than it may in a minute");
        refuseInAMinute(
                response,
                addressTokens.look(address),
                ADDRESS_TOKENS,
                "this address has used more tokens than it may in a minute");
    }

    /** Counts tokens that a key has used from an address. */
    public void usedTokens(String id, String address, long count) {
        tokens.charge(id, count);
        addressTokens.charge(address, count);
    }

    private void refuseInAMinute(HttpServletResponse response, Buckets.Left left, String limit, String why) {
        if (left.isRefused()) {
            response.setHeader(POLICY, "\"%s\";q=%d;w=60".formatted(limit, left.capacity()));
            response.setHeader(LIMIT, none(limit, left));
        }
        refuse(response, left, limit, why);
    }

    private static String none(String limit, Buckets.Left left) {
        return "\"%s\";r=0;t=%d".formatted(limit, left.retryAfterSeconds());
    }

    private void refuse(HttpServletResponse response, Buckets.Left left, String limit, String why) {
        if (left.isRefused()) {
            refusals(limit).increment();
            response.setHeader(HttpHeaders.RETRY_AFTER, Long.toString(left.retryAfterSeconds()));
            throw new ApiException(GatewayCode.RATE_LIMITED, why + "; try again in " + left.retryAfterSeconds() + " s");
        }
    }

    private Counter refusals(String limit) {
        return Counter.builder("bitstack.gateway.limited")
                .description("requests that were refused for a limit")
                .tag("limit", limit)
                .register(meters);
    }
}
