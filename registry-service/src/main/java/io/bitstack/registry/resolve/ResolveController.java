package io.bitstack.registry.resolve;

import io.bitstack.core.stack.BudgetTooSmallException;
import io.bitstack.core.stack.Digest;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.registry.stack.Planners;
import io.bitstack.registry.version.Version;
import io.bitstack.registry.version.Versions;
import io.bitstack.service.ApiException;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Plans a budget. */
@RestController
class ResolveController {
    static final int DEFAULT_CONTEXT_TOKENS = 1024;

    private final Versions versions;
    private final Planners planners;

    ResolveController(Versions versions, Planners planners) {
        this.versions = versions;
        this.planners = planners;
    }

    /** @param contextTokens 1024 if left out; not more than the model was made for */
    record Question(
            @NotNull String model,
            @Nullable String alias,
            @Nullable @Min(1) Integer version,
            @Min(1) long budgetBytes,
            @Nullable @Min(1) @Max(1 << 20) Integer contextTokens) {}

    @PostMapping("/api/v1/resolve")
    PlanView resolve(@Valid @RequestBody Question question) {
        Version version = versions.resolve(question.model(), question.alias(), question.version());
        Digest stack = version.stack().digest();
        Integer contextTokens = question.contextTokens();
        try {
            return new PlanView(
                    question.model(),
                    version.number(),
                    stack,
                    planners.planner(stack)
                            .plan(
                                    question.budgetBytes(),
                                    contextTokens == null ? DEFAULT_CONTEXT_TOKENS : contextTokens));
        } catch (BudgetTooSmallException e) {
            throw new ApiException(ErrorCode.BUDGET_TOO_SMALL, String.valueOf(e.getMessage()), e)
                    .with("missingBytes", e.missingBytes());
        }
    }
}
