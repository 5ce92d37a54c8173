package io.bitstack.registry.resolve;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.core.stack.BudgetTooSmallException;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.KvPrecision;
import io.bitstack.core.stack.Plan;
import io.bitstack.core.stack.StackPlanner;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What several budgets buy of a version, one row each in the order in which they were asked. */
record PlanTable(String model, int version, Digest stackDigest, int contextTokens, List<PlanTable.Row> rows) {
    /** A budget and what it buys, or by how much it falls short of the minimal prefix. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Row(
            long budgetBytes,
            @Nullable Integer blocks,
            @Nullable Long heldBytes,
            @Nullable Double bpw,
            @Nullable Double expectedPerplexity,
            @Nullable Double expectedKlDivergence,
            Plan.@Nullable Next next,
            @Nullable Long missingBytes) {}

    static Row row(StackPlanner planner, long budgetBytes, int contextTokens, KvPrecision precision) {
        try {
            Plan plan = planner.plan(budgetBytes, contextTokens, precision);
            return new Row(
                    budgetBytes,
                    plan.blocks(),
                    plan.heldBytes(),
                    plan.bpw(),
                    plan.expectedPerplexity(),
                    plan.expectedKlDivergence(),
                    plan.next(),
                    null);
        } catch (BudgetTooSmallException e) {
            return new Row(budgetBytes, null, null, null, null, null, null, e.missingBytes());
        }
    }
}
