package io.bitstack.gateway.settings;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The gateway's settings.
 *
 * @param registryUrl scheme, host and port of the registry
 * @param compressionUrl scheme, host and port of the compression service
 * @param publicUrl scheme, host and port by which browsers reach the gateway; needed to log in through a provider
 * @param maxApiBodyBytes the largest request body under /api
 * @param maxInferenceBodyBytes the largest request body under /v1
 * @param maxBufferedBytes request bodies held in memory at the same time, all requests together
 * @param keyCache how long the registry's word about a key or session is taken
 * @param connectTimeout how long a service or node may take to accept a connection
 * @param serviceTimeout how long a service may take until its answer begins
 * @param nodeTimeout how long a node may take until its answer begins
 * @param nodeRefresh how often the list of nodes is fetched
 * @param keepNodes how long the last list of nodes is used while the registry does not answer
 * @param sslBundle the bundle of {@code spring.ssl} whose certificates are trusted behind the gateway, in place of those that the Java platform trusts; absent: those
 * @param oidc the OIDC provider whose tokens are taken; absent: none
 */
@Validated
@ConfigurationProperties("bitstack.gateway")
public record GatewaySettings(
        URI registryUrl,
        URI compressionUrl,
        @Nullable URI publicUrl,
        @Min(1024) @Max(1 << 30) int maxApiBodyBytes,
        @Min(1024) @Max(1 << 30) int maxInferenceBodyBytes,
        @Min(1 << 20) long maxBufferedBytes,
        Duration keyCache,
        Duration connectTimeout,
        Duration serviceTimeout,
        Duration nodeTimeout,
        Duration nodeRefresh,
        Duration keepNodes,
        @Valid @DefaultValue Limits limits,
        @Valid @DefaultValue Routing routing,
        @Valid @DefaultValue Session session,
        @Nullable String sslBundle,
        @Valid @Nullable OidcSettings oidc) {
    public GatewaySettings {
        requireBase("bitstack.gateway.registry-url", registryUrl);
        requireBase("bitstack.gateway.compression-url", compressionUrl);
        if (publicUrl != null && publicUrl.toString().isBlank()) {
            publicUrl = null;
        }
        if (publicUrl != null) {
            requireBase("bitstack.gateway.public-url", publicUrl);
        }
    }

    /**
     * What one key, or one address, may ask.
     *
     * @param requestsPerSecond of one key, in the long run
     * @param requestBurst of one key, at once after it was quiet
     * @param addressRequestsPerSecond of one address, whatever keys it shows, in the long run
     * @param addressRequestBurst of one address, at once after it was quiet
     * @param failedKeysPerMinute unknown keys that one address may try
     * @param tokensPerMinute tokens of prompts and answers of one key
     * @param addressTokensPerMinute of one address, whatever keys it shows
     * @param streams completions of one key that may run at the same time
     * @param addressStreams of one address, whatever keys it shows
     * @param allStreams completions that may run at the same time, all keys together
     * @param bodyTimeout how long a request's body may take to arrive
     */
    public record Limits(
            @DefaultValue("2000") @Min(1) @Max(1_000_000) int requestsPerSecond,
            @DefaultValue("60000") @Min(1) @Max(100_000_000) int requestBurst,
            @DefaultValue("5000") @Min(1) @Max(1_000_000) int addressRequestsPerSecond,

            @DefaultValue("120000") @Min(1) @Max(100_000_000)
            int addressRequestBurst,

            @DefaultValue("300") @Min(1) @Max(1_000_000) int failedKeysPerMinute,

            @DefaultValue("2000000") @Min(1) @Max(1_000_000_000)
            int tokensPerMinute,

            @DefaultValue("20000000") @Min(1) @Max(1_000_000_000)
            int addressTokensPerMinute,

            @DefaultValue("256") @Min(1) @Max(100_000) int streams,
            @DefaultValue("1000") @Min(1) @Max(100_000) int addressStreams,
            @DefaultValue("2000") @Min(1) @Max(100_000) int allStreams,
            @DefaultValue("60s") Duration bodyTimeout) {}

    /**
     * How a node is chosen.
     *
     * @param prefer what decides where a request does not say it
     * @param affinitySlackBpw how many bits per weight less a node may have to go on with a conversation whose beginning it holds
     */
    public record Routing(
            @DefaultValue("quality") Preference prefer,
            @DefaultValue("0.25") @Min(0) double affinitySlackBpw) {}

    /** Which of the nodes that may answer is asked first. */
    public enum Preference {
        /** The one with the most bits per weight. */
        QUALITY,
        /** The one that was the quickest to its first token of late. */
        LATENCY
    }

    /**
     * Sessions of browsers.
     *
     * @param idle how long one lasts without a request
     * @param lifetime how long one lasts at most
     */
    public record Session(
            @DefaultValue("1h") Duration idle,
            @DefaultValue("12h") Duration lifetime) {}

    private static void requireBase(String name, URI url) {
        String scheme = url.getScheme();
        boolean http = "http".equals(scheme) || "https".equals(scheme);
        String path = url.getPath();
        if (!http || url.getHost() == null || !(path.isEmpty() || path.equals("/"))) {
            throw new IllegalArgumentException(
                    name + " is '" + url + "'; it has to be http(s)://host:port without a path");
        }
    }
}
