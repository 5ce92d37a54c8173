package io.bitstack.inference.settings;

import com.fasterxml.jackson.annotation.JsonValue;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings under {@code bitstack.node}.
 *
 * @param name the node's name in the registry
 * @param gatewayUrl where the gateway answers; none for a node that is alone with a stack file
 * @param apiKey a key of scope {@code node}; not needed with a join token
 * @param joinToken exchanged for a key of the node's own, which is kept in the cache directory
 * @param reachable whether the gateway asks this node at its URL, or over connections that the node opens
 * @param url where the gateway reaches this node; by default this machine's address and the port in use; of no meaning where the node dials out
 * @param accessToken what the gateway must show here; a random one by default, told to the registry in each heartbeat
 * @param budgetBytes bytes that the node may use; 0 for a share
 * @param budgetShare of the memory that the cgroup or the machine has, read again as it changes; without budgetBytes half of it
 * @param budgetCovers whether a budget in bytes is for the model alone or for the whole process; a share is for the process
 * @param budgetDwell how long a budget that follows the system stays before it grows
 * @param systemRoot where {@code proc} and {@code sys/fs/cgroup} tell of memory
 * @param cacheDirectory where pulled blobs are kept
 * @param cacheQuotaBytes what the cache may take of the disk; 0 for all of it
 * @param labels {@code name=value}, separated by commas
 * @param heartbeatInterval between two reports to the registry
 * @param gatewayTimeout how long a report, a key or the beginning of a download may take
 * @param drainDelay when it stops, a node that serves goes on taking requests for so long after it has said so, until gateways know
 * @param parallelDownloads requests for blobs at the same time
 * @param coalesceBelowBytes neighbouring blobs up to this size are fetched with one request; 0 to fetch each alone
 * @param pullBytesPerSecond how fast blobs are fetched at most; 0 without a bound
 * @param stallTimeout after so long without a byte a download is given up and tried again
 * @param scrubInterval how long it takes until every cached blob has been read and verified again
 * @param stackFile a {@code .bitstack} file that is imported at the start and served; for sites without a gateway
 * @param stackName the name of the model in it
 * @param stackContextTokens tokens of KV cache for it
 */
@ConfigurationProperties("bitstack.node")
public record NodeSettings(
        String name,
        @Nullable URI gatewayUrl,
        @DefaultValue("") String apiKey,
        @DefaultValue("") String joinToken,
        @DefaultValue(Reachable.DIRECT_NAME) Reachable reachable,
        @Nullable URI url,
        @DefaultValue("") String accessToken,
        @DefaultValue("0") long budgetBytes,
        @DefaultValue("0") double budgetShare,
        @DefaultValue("model") BudgetScope budgetCovers,
        @DefaultValue("10s") Duration budgetDwell,
        @DefaultValue("/") Path systemRoot,
        Path cacheDirectory,
        @DefaultValue("0") long cacheQuotaBytes,
        @DefaultValue("") String labels,
        @DefaultValue("500ms") Duration heartbeatInterval,
        @DefaultValue("30s") Duration gatewayTimeout,
        @DefaultValue("1s") Duration drainDelay,
        @DefaultValue("4") int parallelDownloads,
        @DefaultValue("1048576") int coalesceBelowBytes,
        @DefaultValue("0") long pullBytesPerSecond,
        @DefaultValue("30s") Duration stallTimeout,
        @DefaultValue("6h") Duration scrubInterval,
        @Nullable Path stackFile,
        @DefaultValue("model") String stackName,
        @DefaultValue("1024") int stackContextTokens) {

    private static final int LARGEST_COALESCED_BYTES = 4 << 20;

    /** What a budget in bytes is for. */
    public enum BudgetScope {
        MODEL,
        PROCESS
    }

    /** How the gateway gets at a node. */
    public enum Reachable {
        /** At an address that it can dial. */
        DIRECT(Reachable.DIRECT_NAME),
        /** Over connections that the node has opened, as behind NAT. */
        DIAL_OUT(Reachable.DIAL_OUT_NAME);

        static final String DIRECT_NAME = "direct";
        static final String DIAL_OUT_NAME = "dial-out";

        private final String wireName;

        Reachable(String wireName) {
            this.wireName = wireName;
        }

        @JsonValue
        public String wireName() {
            return wireName;
        }
    }

    public NodeSettings {
        require(budgetBytes >= 0, "budget-bytes", "a number of bytes, or 0 for a share", budgetBytes);
        require(budgetShare >= 0 && budgetShare <= 1, "budget-share", "above 0 and at most 1", budgetShare);
        if (budgetBytes > 0 && budgetShare > 0) {
            throw new IllegalArgumentException("set bitstack.node.budget-bytes or budget-share, not both");
        }
        require(cacheQuotaBytes >= 0, "cache-quota-bytes", "a number of bytes, or 0 for none", cacheQuotaBytes);
        require(parallelDownloads >= 1 && parallelDownloads <= 64, "parallel-downloads", "1 to 64", parallelDownloads);
        require(
                coalesceBelowBytes >= 0 && coalesceBelowBytes <= LARGEST_COALESCED_BYTES,
                "coalesce-below-bytes",
                "0 to " + LARGEST_COALESCED_BYTES,
                coalesceBelowBytes);
        require(pullBytesPerSecond >= 0, "pull-bytes-per-second", "0 or more", pullBytesPerSecond);
        require(gatewayTimeout.isPositive(), "gateway-timeout", "positive", gatewayTimeout);
        require(stallTimeout.isPositive(), "stall-timeout", "positive", stallTimeout);
        require(scrubInterval.isPositive(), "scrub-interval", "positive", scrubInterval);
        require(!drainDelay.isNegative(), "drain-delay", "0 or more", drainDelay);
        require(!budgetDwell.isNegative(), "budget-dwell", "0 or more", budgetDwell);
        require(stackContextTokens > 0, "stack-context-tokens", "positive", stackContextTokens);
        boolean alone = isBlank(gatewayUrl);
        if (alone && stackFile == null) {
            throw new IllegalArgumentException(
                    "set bitstack.node.gateway-url, or bitstack.node.stack-file for a node without a gateway");
        }
        if (alone && reachable == Reachable.DIAL_OUT) {
            throw new IllegalArgumentException(
                    "bitstack.node.reachable is dial-out, and there is no gateway to dial; set"
                            + " bitstack.node.gateway-url");
        }
        if (alone && accessToken.isBlank()) {
            throw new IllegalArgumentException(
                    "a node without a gateway tells nobody its access token; set bitstack.node.access-token");
        }
        labelMap(labels);
    }

    private static void require(boolean good, String name, String wanted, Object found) {
        if (!good) {
            throw new IllegalArgumentException("bitstack.node.%s must be %s, not %s".formatted(name, wanted, found));
        }
    }

    private static boolean isBlank(@Nullable URI url) {
        return url == null || url.toString().isBlank();
    }

    /** Whether there is a gateway to report to. */
    public boolean hasGateway() {
        return !isBlank(gatewayUrl);
    }

    /** The gateway's address without a slash at its end. @throws IllegalStateException if there is none */
    public String gateway() {
        URI url = gatewayUrl;
        if (url == null || isBlank(url)) {
            throw new IllegalStateException("this node has no gateway");
        }
        String text = url.toString();
        return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    }

    /** The labels by name. */
    public Map<String, String> labelMap() {
        return labelMap(labels);
    }

    private static Map<String, String> labelMap(String labels) {
        Map<String, String> map = new TreeMap<>();
        for (String label : labels.split(",")) {
            if (label.isBlank()) {
                continue;
            }
            int equals = label.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("bitstack.node.labels must be name=value,…; found '" + label + "'");
            }
            map.put(
                    label.substring(0, equals).strip(),
                    label.substring(equals + 1).strip());
        }
        return map;
    }
}
