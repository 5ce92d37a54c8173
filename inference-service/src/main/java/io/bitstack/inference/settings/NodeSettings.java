package io.bitstack.inference.settings;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
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
 * @param gatewayUrl where the gateway answers
 * @param apiKey a key of scope {@code node}
 * @param url where the gateway reaches this node; by default this machine's address and the port in use
 * @param accessToken what the gateway must show here; a random one by default, told to the registry in each heartbeat
 * @param budgetBytes bytes for weights, KV cache and scratch; 0 for half of the memory that this process may use
 * @param cacheDirectory where pulled blobs are kept
 * @param labels {@code name=value}, separated by commas
 * @param heartbeatInterval between two reports to the registry
 * @param parallelDownloads blobs that are fetched at the same time
 */
@ConfigurationProperties("bitstack.node")
public record NodeSettings(
        String name,
        URI gatewayUrl,
        @DefaultValue("") String apiKey,
        @Nullable URI url,
        @DefaultValue("") String accessToken,
        @DefaultValue("0") long budgetBytes,
        Path cacheDirectory,
        @DefaultValue("") String labels,
        @DefaultValue("500ms") Duration heartbeatInterval,
        @DefaultValue("4") int parallelDownloads) {

    public NodeSettings {
        if (budgetBytes < 0) {
            throw new IllegalArgumentException("bitstack.node.budget-bytes is negative: " + budgetBytes);
        }
        if (parallelDownloads < 1 || parallelDownloads > 64) {
            throw new IllegalArgumentException(
                    "bitstack.node.parallel-downloads must be 1 to 64, not " + parallelDownloads);
        }
        if (apiKey.isBlank()) {
            throw new IllegalArgumentException(
                    "bitstack.node.api-key is not set; set BITSTACK_NODE_API_KEY to a key of scope node");
        }
        labelMap(labels);
    }

    /** The budget that the node starts with, before the registry says otherwise. */
    public long ownBudgetBytes() {
        if (budgetBytes > 0) {
            return budgetBytes;
        }
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return system.getTotalMemorySize() / 2;
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
