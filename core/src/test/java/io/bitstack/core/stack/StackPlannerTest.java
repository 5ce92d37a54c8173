package io.bitstack.core.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class StackPlannerTest {
    private final StackManifest manifest = ManifestJsonTest.manifest();
    private final StackPlanner planner = new StackPlanner(manifest);
    private final long fixed = MemoryModel.kvCacheBytes(manifest.model(), 64)
            + MemoryModel.scratchBytes(manifest.model())
            + MemoryModel.residentBaseBytes(manifest);

    @Test
    void theLongestPrefixThatFits() {
        assertThat(planner.plan(fixed + 2048, 64).blocks()).isEqualTo(2);
        assertThat(planner.plan(fixed + 2559, 64).blocks()).isEqualTo(2);
        Plan three = planner.plan(fixed + 2560, 64);
        assertThat(three.blocks()).isEqualTo(3);
        assertThat(three.next()).isEqualTo(new Plan.Next(4, 512));
        Plan all = planner.plan(Long.MAX_VALUE / 2, 64);
        assertThat(all.blocks()).isEqualTo(4);
        assertThat(all.next()).isNull();
        assertThat(all.bpw()).isCloseTo(8.0 * (200 + 3072) / 8192, within(1e-12));
    }

    @Test
    void aBudgetBelowTheMinimalPrefixSaysWhatIsMissing() {
        assertThatThrownBy(() -> planner.plan(fixed + 2047, 64))
                .isInstanceOfSatisfying(
                        BudgetTooSmallException.class,
                        e -> assertThat(e.missingBytes()).isEqualTo(1));
        assertThatThrownBy(() -> planner.plan(0, 64))
                .isInstanceOfSatisfying(
                        BudgetTooSmallException.class,
                        e -> assertThat(e.missingBytes()).isEqualTo(fixed + 2048));
    }

    @Test
    void aLongerContextLeavesLessForBlocks() {
        assertThatThrownBy(() -> planner.plan(fixed + 2048, 65)).isInstanceOf(BudgetTooSmallException.class);
    }

    @Test
    void whatKeysAndValuesDoNotTakeIsLeftForBlocks() {
        long saved = MemoryModel.kvCacheBytes(manifest.model(), 64)
                - MemoryModel.kvCacheBytes(manifest.model(), 64, KvPrecision.INT8);
        assertThat(saved).isPositive();
        Plan plan = planner.plan(fixed - saved + 2048, 64, KvPrecision.INT8);
        assertThat(plan.blocks()).isEqualTo(2);
        assertThat(plan.kvCacheBytes()).isEqualTo(MemoryModel.kvCacheBytes(manifest.model(), 64, KvPrecision.INT8));
        assertThatThrownBy(() -> planner.plan(fixed - saved + 2047, 64, KvPrecision.INT8))
                .isInstanceOf(BudgetTooSmallException.class);
    }

    @Test
    void qualityIsReadFromTheCurve() {
        Plan half = planner.plan(fixed + 2560, 64);
        assertThat(half.expectedPerplexity()).isCloseTo(50.0, within(1e-9));
        assertThat(half.expectedKlDivergence()).isCloseTo(0.75, within(1e-9));
        assertThat(planner.plan(fixed + 2048, 64).expectedPerplexity()).isCloseTo(100.0, within(1e-9));
    }
}
