package io.bitstack.standalone.demo;

import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the demonstration showed; printed by {@code --json} as it is.
 *
 * @param seconds from the start of the program to the end of the scenario
 */
public record DemoResult(
        List<NodeResult> nodes,
        Resize resize,
        double compressSeconds,
        double seconds,
        URI gatewayUrl,
        String adminKey,
        String model) {

    /** @param answer what the node said to the prompt; empty until it was asked */
    public record NodeResult(
            String name,
            long budgetBytes,
            int blocks,
            long heldBytes,
            double bpw,
            @Nullable Double expectedPerplexity,
            String answer) {
        NodeResult withAnswer(String text) {
            return new NodeResult(name, budgetBytes, blocks, heldBytes, bpw, expectedPerplexity, text);
        }
    }

    /**
     * One change of size under load.
     *
     * @param millis the node's own time from the decision to the last byte given back
     * @param requestCompleted whether the requests that ran meanwhile, one after another, came to their regular end
     */
    public record Resize(String node, long beforeBytes, long afterBytes, double millis, boolean requestCompleted) {}
}
