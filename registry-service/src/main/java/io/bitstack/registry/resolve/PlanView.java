package io.bitstack.registry.resolve;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.Plan;

/** What a budget buys of a version. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record PlanView(
        String model,
        int version,
        Digest stackDigest,
        @JsonUnwrapped Plan plan) {}
