package io.bitstack.inference.budget;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.inference.budget.BudgetPolicy.Wanted;
import java.time.Duration;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** A budget follows the system without flapping; time is told, not waited for. */
class BudgetPolicyTest {
    private static final Wanted HALF = new Wanted(0, 0.5);
    private static final OptionalDouble CALM = OptionalDouble.of(0);
    private static final OptionalDouble TIGHT = OptionalDouble.of(40);

    private final BudgetPolicy policy = new BudgetPolicy(Duration.ofSeconds(10));

    private long at(double seconds, Wanted wanted, long limit, OptionalDouble pressure) {
        return policy.next(wanted, limit, pressure, (long) (seconds * 1e9));
    }

    @Test
    void aFixedBudgetIsTakenAtOnceAndKeptToTheMachine() {
        assertThat(at(0, new Wanted(700, 0), 1000, CALM)).isEqualTo(700);
        assertThat(at(0.001, new Wanted(900, 0), 1000, TIGHT)).isEqualTo(900);
        assertThat(at(0.002, new Wanted(5000, 0), 1000, CALM)).isEqualTo(1000);
    }

    @Test
    void aShareShrinksAtOnceAndGrowsAfterAWhile() {
        assertThat(at(0, HALF, 1000, CALM)).isEqualTo(500);
        assertThat(at(1, HALF, 600, CALM)).isEqualTo(300);
        assertThat(at(2, HALF, 1000, CALM)).as("too soon").isEqualTo(300);
        assertThat(at(10.9, HALF, 1000, CALM)).isEqualTo(300);
        assertThat(at(11, HALF, 1000, CALM)).isEqualTo(500);
    }

    @Test
    void smallChangesArePassedOver() {
        at(0, HALF, 100_000, CALM);
        assertThat(at(100, HALF, 101_900, CALM)).isEqualTo(50_000);
        assertThat(at(200, HALF, 98_100, CALM)).isEqualTo(50_000);
        assertThat(at(300, HALF, 97_000, CALM)).isEqualTo(48_500);
    }

    @Test
    void aLimitThatFlapsEverySecondMovesItAtMostOnceInAWhile() {
        int changes = 0;
        long last = at(0, HALF, 1000, CALM);
        for (int second = 1; second <= 100; second++) {
            long now = at(second, HALF, second % 2 == 0 ? 1000 : 800, CALM);
            changes += now == last ? 0 : 1;
            last = now;
        }
        assertThat(changes).isLessThanOrEqualTo(20);
    }

    @Test
    void pressureSqueezesItStepByStepAndLetsGoSlowly() {
        assertThat(at(0, HALF, 1000, CALM)).isEqualTo(500);
        assertThat(at(1, HALF, 1000, TIGHT)).isEqualTo(450);
        assertThat(at(2, HALF, 1000, TIGHT))
                .as("the kernel's average has not moved yet")
                .isEqualTo(450);
        assertThat(at(6, HALF, 1000, TIGHT)).isEqualTo(400);
        for (int second = 11; second < 200; second += 5) {
            at(second, HALF, 1000, TIGHT);
        }
        assertThat(at(200, HALF, 1000, TIGHT)).as("half of it is the most").isEqualTo(250);
        assertThat(at(205, HALF, 1000, OptionalDouble.of(5)))
                .as("neither tight nor calm")
                .isEqualTo(250);
        assertThat(at(210, HALF, 1000, CALM)).isEqualTo(275);
        assertThat(at(211, HALF, 1000, CALM)).isEqualTo(275);
        assertThat(at(220, HALF, 1000, CALM)).isEqualTo(300);
    }

    @Test
    void aKernelThatSaysNothingOfPressureChangesNothing() {
        assertThat(at(0, HALF, 1000, OptionalDouble.empty())).isEqualTo(500);
        assertThat(at(50, HALF, 1000, OptionalDouble.empty())).isEqualTo(500);
    }
}
