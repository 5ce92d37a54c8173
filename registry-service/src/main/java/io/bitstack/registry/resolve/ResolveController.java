package io.bitstack.registry.resolve;

import io.bitstack.core.stack.BudgetTooSmallException;
import io.bitstack.core.stack.KvPrecision;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.service.ApiException;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Plans a budget, or many at once. */
@RestController
@RequestMapping("/api/v1/resolve")
class ResolveController {
    static final int DEFAULT_CONTEXT_TOKENS = 1024;

    private static final String KV_PRECISIONS = "int8|half|single";

    private final PlannedVersions versions;

    ResolveController(PlannedVersions versions) {
        this.versions = versions;
    }

    /**
     * What a budget buys.
     *
     * @param contextTokens 1024 if left out; not more than the model was made for
     * @param kvPrecision how the node keeps keys and values; half if left out
     */
    record Question(
            @NotNull String model,
            @Nullable String alias,
            @Nullable @Min(1) Integer version,
            @Min(1) long budgetBytes,
            @Nullable @Min(1) @Max(1 << 20) Integer contextTokens,
            @Nullable @Pattern(regexp = KV_PRECISIONS) String kvPrecision) {}

    /** The same of several budgets, to be seen side by side. */
    record Questions(
            @NotNull String model,
            @Nullable String alias,
            @Nullable @Min(1) Integer version,
            @NotEmpty @Size(max = 1000) List<@NotNull @Min(1) Long> budgetsBytes,
            @Nullable @Min(1) @Max(1 << 20) Integer contextTokens,
            @Nullable @Pattern(regexp = KV_PRECISIONS) String kvPrecision) {}

    @PostMapping
    PlanView resolve(@Valid @RequestBody Question question) {
        PlannedVersions.Planned planned = versions.find(question.model(), question.alias(), question.version());
        try {
            return new PlanView(
                    question.model(),
                    planned.number(),
                    planned.stack(),
                    planned.planner()
                            .plan(
                                    question.budgetBytes(),
                                    tokens(question.contextTokens()),
                                    precision(question.kvPrecision())));
        } catch (BudgetTooSmallException e) {
            throw new ApiException(ErrorCode.BUDGET_TOO_SMALL, String.valueOf(e.getMessage()), e)
                    .with("missingBytes", e.missingBytes());
        }
    }

    @PostMapping("/what-if")
    PlanTable whatIf(@Valid @RequestBody Questions questions) {
        PlannedVersions.Planned planned = versions.find(questions.model(), questions.alias(), questions.version());
        int tokens = tokens(questions.contextTokens());
        List<PlanTable.Row> rows = questions.budgetsBytes().stream()
                .map(budget -> PlanTable.row(planned.planner(), budget, tokens, precision(questions.kvPrecision())))
                .toList();
        return new PlanTable(questions.model(), planned.number(), planned.stack(), tokens, rows);
    }

    private static KvPrecision precision(@Nullable String wire) {
        return wire == null ? KvPrecision.HALF : KvPrecision.valueOf(wire.toUpperCase(Locale.ROOT));
    }

    private static int tokens(@Nullable Integer contextTokens) {
        return contextTokens == null ? DEFAULT_CONTEXT_TOKENS : contextTokens;
    }
}
