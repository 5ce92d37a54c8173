package io.bitstack.gateway.settings;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.net.URI;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.validation.annotation.Validated;

/**
 * The gateway's settings.
 *
 * @param registryUrl scheme, host and port of the registry
 * @param compressionUrl scheme, host and port of the compression service
 * @param requestsPerMinute what one key may send in a minute; a key that was quiet may send as much at once
 * @param failedKeysPerMinute unknown keys that one address may try in a minute
 * @param maxApiBodyBytes the largest request body under /api
 * @param maxInferenceBodyBytes the largest request body under /v1
 * @param maxBufferedBytes request bodies held in memory at the same time, all requests together
 * @param keyCache how long the registry's word about a key is taken
 * @param connectTimeout how long a service or node may take to accept a connection
 * @param serviceTimeout how long a service may take until its answer begins
 * @param nodeTimeout how long a node may take until its answer begins
 * @param nodeRefresh how often the list of nodes is fetched
 * @param keepNodes how long the last list of nodes is used while the registry does not answer
 */
@Validated
@ConfigurationProperties("bitstack.gateway")
public record GatewaySettings(
        URI registryUrl,
        URI compressionUrl,
        @Min(1) @Max(100_000_000) int requestsPerMinute,
        @Min(1) @Max(100_000_000) int failedKeysPerMinute,
        @Min(1024) @Max(1 << 30) int maxApiBodyBytes,
        @Min(1024) @Max(1 << 30) int maxInferenceBodyBytes,
        @Min(1 << 20) long maxBufferedBytes,
        Duration keyCache,
        Duration connectTimeout,
        Duration serviceTimeout,
        Duration nodeTimeout,
        Duration nodeRefresh,
        Duration keepNodes) {
    public GatewaySettings {
        requireBase("bitstack.gateway.registry-url", registryUrl);
        requireBase("bitstack.gateway.compression-url", compressionUrl);
    }

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
