package io.bitstack.inference.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.inference.pull.Puller;
import io.bitstack.inference.resident.Serving;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

/** What rots on a node's disk is found and fetched anew; what cannot be had again is not served. */
class ScrubTest extends EdgeNodeFixture {
    private static final int ALL = MANIFEST.blocks().size();
    private static final Duration STRETCH = Duration.ofMillis(500);

    @Test
    void aNodeWithNothingToScrubIsIdle() throws Exception {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        try (ConfigurableApplicationContext _ = boot()) {
            long scrub = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread ->
                            !before.contains(thread) && thread.getName().equals("scrub"))
                    .findFirst()
                    .orElseThrow()
                    .threadId();
            ThreadMXBean threads = ManagementFactory.getThreadMXBean();
            // A thread that never rests has no such stretch, whatever else the machine does; one that rests has it as
            // soon as it is warm.
            await(
                    () -> {
                        long used = threads.getThreadCpuTime(scrub);
                        LockSupport.parkNanos(STRETCH.toNanos());
                        return threads.getThreadCpuTime(scrub) - used
                                < STRETCH.dividedBy(20).toNanos();
                    },
                    "a stretch in which it rests");
            assertThat(threads.getThreadCpuTime(scrub)).as("it lives").isPositive();
        }
    }

    @Test
    void theScrubFindsWhatRotsWhileItIsServed() throws Exception {
        platform.deploy(CONTEXT_TOKENS);
        try (ConfigurableApplicationContext node = boot("--bitstack.node.scrub-interval=200ms")) {
            awaitBlocks(ALL);
            Digest rotten = MANIFEST.blocks().get(3).digest();
            flipInPlace(cached(rotten));
            await(() -> platform.lastReport.path("corruptBlobs").asInt() == 1, "found");
            await(() -> sameBytes(rotten), "fetched again");
            await(() -> Arrays.equals(logits(node), expectedLogits(ALL)), "no answer of wrong bytes any more");
            await(
                    () -> platform.lastReport.path("scrub").path("checkedBlobs").asInt() > ALL,
                    "what a round over the whole cache has found is reported");
        }
    }

    @Test
    void aRoundOfTheScrubSaysWhatItFoundAndWhatItFetchedAgain() throws Exception {
        platform.deploy(CONTEXT_TOKENS);
        try (ConfigurableApplicationContext node = boot()) {
            awaitBlocks(ALL);
            Scrub scrub = node.getBean(Scrub.class);
            List<Descriptor> cached = node.getBean(Puller.class).cached();
            assertThat(scrub.look(cached, Duration.ZERO))
                    .matches(round -> round.checkedBlobs() == cached.size() && round.corruptBlobs() == 0)
                    .matches(round -> round.checkedBytes()
                            == cached.stream().mapToLong(Descriptor::sizeBytes).sum())
                    .matches(round -> round.endedAt().isAfter(round.startedAt()));
            flipInPlace(cached(MANIFEST.blocks().get(3).digest()));
            assertThat(scrub.look(cached, Duration.ZERO))
                    .matches(round -> round.checkedBlobs() == cached.size())
                    .matches(round -> round.corruptBlobs() == 1 && round.repairedBlobs() == 1);
            platform.missing.add(MANIFEST.blocks().getLast().digest());
            flipInPlace(cached(MANIFEST.blocks().getLast().digest()));
            assertThat(scrub.look(cached, Duration.ZERO))
                    .matches(round -> round.checkedBlobs() == cached.size())
                    .matches(round -> round.corruptBlobs() == 1 && round.repairedBlobs() == 0);
        }
    }

    @Test
    void whatRotsAndCannotBeHadAgainIsNotServed() throws Exception {
        platform.deploy(CONTEXT_TOKENS);
        try (ConfigurableApplicationContext node = boot("--bitstack.node.scrub-interval=200ms")) {
            awaitBlocks(ALL);
            int place = ALL - 3;
            platform.missing.add(MANIFEST.blocks().get(place).digest());
            flipInPlace(cached(MANIFEST.blocks().get(place).digest()));
            await(() -> blocksOf(node) == place, "the prefix before the bad block");
            assertThat(logits(node)).containsExactly(expectedLogits(place));
            await(() -> !platform.lastReport.path("problem").asString("").isEmpty(), "a problem");
            platform.missing.clear();
            awaitBlocks(ALL);
        }
    }

    /** Without a block of the minimal prefix there is no model: better none than one of wrong bytes. */
    @Test
    void whatRotsInTheMinimalPrefixAndCannotBeHadAgainEndsTheServing() throws Exception {
        platform.deploy(CONTEXT_TOKENS);
        try (ConfigurableApplicationContext node = boot("--bitstack.node.scrub-interval=200ms")) {
            awaitBlocks(ALL);
            Digest rotten = MANIFEST.blocks().getFirst().digest();
            platform.missing.add(rotten);
            flipInPlace(cached(rotten));
            await(() -> blocksOf(node) == 0, "nothing is held");
            assertThat(node.getBean(Serving.class).open()).isEmpty();
            await(() -> platform.lastReport.path("state").asString("").equals("empty"), "and it says so");
            await(() -> !platform.lastReport.path("problem").asString("").isEmpty(), "and why");
            platform.missing.clear();
            awaitBlocks(ALL);
            assertThat(logits(node)).containsExactly(expectedLogits(ALL));
        }
    }

    private boolean sameBytes(Digest digest) {
        try {
            return Files.exists(cached(digest))
                    && Digest.of(Files.readAllBytes(cached(digest))).equals(digest);
        } catch (IOException e) {
            return false;
        }
    }

    private static void flipInPlace(Path file) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(9);
            int one = bytes.read();
            bytes.seek(9);
            bytes.write(one ^ 0x10);
        }
    }
}
