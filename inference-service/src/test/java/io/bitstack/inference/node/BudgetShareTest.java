package io.bitstack.inference.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

/** A node that nobody gave a number of bytes follows the limit of its control group while it serves. */
class BudgetShareTest extends EdgeNodeFixture {
    private static final int ALL = MANIFEST.blocks().size();
    /** Grows at once. Where nobody says anything, half of the memory is the model's. */
    private static final String NO_DWELL = "--bitstack.node.budget-dwell=0s";

    private Path group;

    /** A system of which the test says what it has, so that no other process's memory matters. */
    @BeforeEach
    void makeSystem() throws IOException {
        group = Files.createDirectories(directory.resolve("system/sys/fs/cgroup/edge"));
        Path self = Files.createDirectories(directory.resolve("system/proc/self"));
        Files.writeString(self.resolve("cgroup"), "0::/edge\n");
        Files.writeString(group.resolve("memory.pressure"), "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
    }

    /** The kernel shows the old limit or the new one, and never half of it. */
    private void limit(long bytes) throws IOException {
        Path written = Files.writeString(directory.resolve("limit"), bytes + "\n");
        Files.move(written, group.resolve("memory.max"), StandardCopyOption.ATOMIC_MOVE);
    }

    private String systemRoot() {
        return "--bitstack.node.system-root=" + directory.resolve("system");
    }

    @Test
    void followsTheLimitOfItsGroup() throws Exception {
        int few = MANIFEST.minimalBlocks() + 4;
        limit(2 * budgetFor(ALL));
        platform.deploy(CONTEXT_TOKENS);
        try (ConfigurableApplicationContext node = boot(systemRoot(), NO_DWELL)) {
            awaitBlocks(ALL);
            assertThat(platform.lastReport.path("memory").path("limitBytes").asLong())
                    .isEqualTo(2 * budgetFor(ALL));
            limit(2 * budgetFor(few));
            awaitBlocks(few);
            assertThat(logits(node)).containsExactly(expectedLogits(few));
            limit(2 * budgetFor(ALL));
            awaitBlocks(ALL);
            assertThat(logits(node)).containsExactly(expectedLogits(ALL));
        }
    }

    @Test
    void aShareThatTheRegistryAsksForIsOfTheWholeProcess() throws Exception {
        limit(2 * budgetFor(ALL));
        platform.deploy(CONTEXT_TOKENS);
        try (ConfigurableApplicationContext node = boot(systemRoot(), NO_DWELL)) {
            awaitBlocks(ALL);
            platform.setShare(0.5);
            // This JVM alone is larger than that.
            awaitBlocks(MANIFEST.minimalBlocks());
            await(() -> platform.lastReport.path("problem").asString("").contains("short"), "a word about the budget");
            assertThat(platform.lastReport.path("budgetBytes").asLong()).isEqualTo(budgetFor(ALL));
            assertThat(logits(node)).containsExactly(expectedLogits(MANIFEST.minimalBlocks()));
            platform.setShare(null);
            awaitSettled();
            awaitBlocks(ALL);
        }
    }
}
