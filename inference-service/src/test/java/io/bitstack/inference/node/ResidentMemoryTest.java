package io.bitstack.inference.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * A node whose budget is for the whole process keeps to it under load, as the system counts: at most five hundredths above, in a control group that
 * kills it beyond that where the kernel lets the test make one.
 */
class ResidentMemoryTest extends NodeProcessFixture {
    private static final int LAYERS = 32;
    private static final int CLIENTS = 4;
    private static final int ANSWERS = 30;
    private static final int MOST_ROUNDS = 8;
    private static final double STEADY = 1.005;
    private static final double TOLERANCE = 1.05;
    private static final long WITHOUT_BOUND = 8L << 30;
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");

    private static Optional<Long> residentBytes(long pid) {
        try {
            Matcher found = RESIDENT.matcher(Files.readString(Path.of("/proc/" + pid + "/status")));
            return found.find() ? Optional.of(Long.parseLong(found.group(1)) << 10) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Has the node answer so many requests, several at once. @return the most that it had resident meanwhile */
    private long underLoad(NodeProcess node, int answers) throws Exception {
        URI url = URI.create(platform.lastReport.path("url").asString());
        AtomicInteger answered = new AtomicInteger();
        AtomicBoolean over = new AtomicBoolean();
        long most = 0;
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> asking = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                asking.add(clients.submit(() -> {
                    while (!over.get()) {
                        answer(url);
                        answered.incrementAndGet();
                    }
                    return null;
                }));
            }
            try {
                for (int i = 0; i < 15_000 && answered.get() < answers; i++) {
                    most = Math.max(most, residentBytes(node.pid()).orElseThrow());
                    Thread.sleep(20);
                }
            } finally {
                over.set(true);
            }
            for (Future<?> client : asking) {
                client.get();
            }
        }
        assertThat(answered).as("answers within five minutes").hasValueGreaterThanOrEqualTo(answers);
        return most;
    }

    /** The most that it has resident under load once its code is compiled: then that grows no more. */
    private long steady(NodeProcess node) throws Exception {
        long before = underLoad(node, ANSWERS);
        long most = Math.max(before, underLoad(node, ANSWERS));
        for (int i = 2; i < MOST_ROUNDS && most > before * STEADY; i++) {
            before = most;
            most = Math.max(most, underLoad(node, ANSWERS));
        }
        return most;
    }

    @Test
    void keepsToItsBudget() throws Exception {
        assumeTrue(
                residentBytes(ProcessHandle.current().pid()).isPresent(),
                "this system does not say what a process has resident");
        LargeStack stack = new LargeStack(LAYERS);
        StackManifest manifest = stack.manifest();
        int all = manifest.blocks().size();
        platform.close();
        platform = new PlatformServer(ManifestJson.digest(manifest), manifest, stack.contents());
        platform.deploy(CONTEXT_TOKENS);
        Optional<MemoryGroup> group = MemoryGroup.make();
        try {
            keepsToItsBudget(manifest, all, group);
        } finally {
            if (group.isPresent()) {
                group.get().close();
            }
        }
    }

    private void keepsToItsBudget(StackManifest manifest, int all, Optional<MemoryGroup> group) throws Exception {
        List<String> arguments = arguments(
                cache(), "--bitstack.node.budget-covers=process", "--bitstack.node.budget-bytes=" + WITHOUT_BOUND);
        try (NodeProcess node = NodeProcess.start(
                directory.resolve("resident.log"),
                arguments,
                // The heap is there from the beginning: how far it has grown when the load begins would depend on the
                // machine.
                List.of("-Xms96m", "-Xmx96m", "-XX:+AlwaysPreTouch"),
                group.map(MemoryGroup::enter).orElse(List.of()))) {
            awaitBlocks(all);
            long unbounded = steady(node);
            long refinements = manifest.blocks().subList(manifest.minimalBlocks(), all).stream()
                    .mapToLong(StackManifest.Block::sizeBytes)
                    .sum();
            long budget = unbounded - refinements / 2;
            assertThat(budget * TOLERANCE)
                    .as("a bound that a node without one breaks")
                    .isLessThan((double) unbounded);
            platform.setBudget(budget);
            // Systems that page out what is not used take a node that nobody asks below any budget: so it is asked.
            for (int i = 0;
                    i < MOST_ROUNDS && platform.lastReport.path("blocks").asInt() == all;
                    i++) {
                underLoad(node, ANSWERS);
            }
            await(
                    () -> platform.lastReport.path("blocks").asInt() < all
                            && residentBytes(node.pid()).orElseThrow() <= budget * TOLERANCE,
                    "it keeps to its budget, but " + platform.lastReport);
            if (group.isPresent()) {
                group.get().limit((long) (budget * TOLERANCE));
            } else {
                System.out.println("no control group can be made here: the bound is looked at, and not enforced");
            }
            long most = underLoad(node, 3 * ANSWERS);
            System.out.printf(
                    Locale.ROOT,
                    "a budget of %.1f MB, at most %.1f MB resident under load, %d of %d blocks; %.1f MB before; enforced by %s%n",
                    budget / 1e6,
                    most / 1e6,
                    platform.lastReport.path("blocks").asInt(),
                    all,
                    unbounded / 1e6,
                    group.map(MemoryGroup::toString).orElse("nobody"));
            assertThat((double) most).isLessThanOrEqualTo(budget * TOLERANCE);
            assertThat(node.isAlive()).isTrue();
            assertThat(platform.lastReport.path("requests").path("failed").asInt())
                    .isZero();
            assertThat(platform.lastReport.path("blocks").asInt()).isBetween(manifest.minimalBlocks(), all - 1);
        }
    }
}
