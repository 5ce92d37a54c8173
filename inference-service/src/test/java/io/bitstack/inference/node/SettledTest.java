package io.bitstack.inference.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

/** What a node says that it has become, it is: rollouts go on, and clients are told its size, by what it says. */
class SettledTest extends EdgeNodeFixture {
    private static final int CHANGES = 300;

    @Test
    void isSettledOnlyOnceItHoldsWhatItOughtTo() throws Exception {
        platform.deploy(CONTEXT_TOKENS);
        try (ConfigurableApplicationContext node = boot()) {
            awaitSettled();
            NodeAgent agent = node.getBean(NodeAgent.class);
            for (int i = 0; i < CHANGES; i++) {
                int blocks = i % 2 == 0
                        ? MANIFEST.minimalBlocks()
                        : MANIFEST.blocks().size();
                platform.setBudget(budgetFor(blocks));
                AtomicReference<NodeReport> report = new AtomicReference<>(agent.report());
                await(
                        () -> {
                            report.set(agent.report());
                            return platform.revision().equals(report.get().settledOn());
                        },
                        "settled on " + platform.revision());
                assertThat(report.get().blocks()).as("change %d", i).isEqualTo(blocks);
            }
        }
    }
}
