package io.bitstack.registry.rollout;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.registry.Labels;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.registry.node.FleetView;
import io.bitstack.service.ApiException;
import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Size;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes a step has changed when it is done; exactly one of the two is given.
 *
 * @param share of all nodes of the deployment, rounded up
 * @param labels that a node must have
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Step(
        @Nullable @DecimalMin("0.001") @DecimalMax("1") Double share,
        @Nullable @Size(min = 1, max = 64) Map<@Size(max = 63) String, @Size(max = 200) String> labels) {

    static final Step ALL = new Step(1.0, null);

    Step checked() {
        if ((share == null) == (labels == null)) {
            throw new ApiException(ErrorCode.ROLLOUT_INVALID, "a step has a share or labels, and not both");
        }
        Labels.require(labels);
        return this;
    }

    /** The nodes that are changed when this step is done. Shares take nodes in the order of their names. */
    List<FleetView.Concerned> of(List<FleetView.Concerned> nodes) {
        Map<String, String> wanted = labels;
        if (wanted != null) {
            return nodes.stream()
                    .filter(node -> Labels.match(wanted, node.labels()))
                    .toList();
        }
        int count = (int) Math.ceil(nodes.size() * (share == null ? 1 : share) - 1e-9);
        return nodes.stream()
                .sorted(Comparator.comparing(FleetView.Concerned::name))
                .limit(count)
                .toList();
    }
}
