package io.bitstack.registry.deployment;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Says what a node gets of a deployment while that changes for some nodes before others. */
public interface Targets {
    /**
     * What a node gets in place of what the deployment says; what is null is as the deployment says.
     *
     * @param version a number of the deployment's model
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Target(@Nullable Integer version, @Nullable Sizing sizing) {}

    /**
     * A text on which a node measures the perplexity of what it holds.
     *
     * @param id comes back with the result
     */
    record Probe(String id, String text) {}

    /** What a change under way has for a node. */
    record Change(Target target, @Nullable Probe probe) {}

    /** Empty where nothing is under way. */
    Optional<Change> of(long deployment, String node);
}
