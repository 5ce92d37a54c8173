package io.bitstack.registry.deployment;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.service.ApiException;
import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Min;
import org.jspecify.annotations.Nullable;

/**
 * How large nodes hold a model; what is null is left to each node.
 *
 * @param budgetBytes the memory that each node may use
 * @param budgetShare of the memory that each node has; not given beside bytes
 * @param floorBpw a node that cannot hold so many bits per weight does not take the model
 * @param ceilingBpw no node holds more bits per weight, though it may have the memory
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Sizing(
        @Nullable @Min(1) Long budgetBytes,
        @Nullable @DecimalMin("0.01") @DecimalMax("1") Double budgetShare,
        @Nullable @DecimalMin("0.1") @DecimalMax("64") Double floorBpw,
        @Nullable @DecimalMin("0.1") @DecimalMax("64") Double ceilingBpw) {
    public static final Sizing OWN = new Sizing(null, null, null, null);

    /** @throws ApiException {@code DEPLOYMENT_INVALID} if its parts contradict each other */
    public Sizing checked() {
        if (budgetBytes != null && budgetShare != null) {
            throw new ApiException(ErrorCode.DEPLOYMENT_INVALID, "a budget is bytes or a share, not both");
        }
        if (floorBpw != null && ceilingBpw != null && floorBpw > ceilingBpw) {
            throw new ApiException(
                    ErrorCode.DEPLOYMENT_INVALID,
                    "the floor of %s bits per weight is above the ceiling of %s".formatted(floorBpw, ceilingBpw));
        }
        return this;
    }
}
