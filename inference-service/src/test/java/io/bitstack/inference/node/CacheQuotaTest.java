package io.bitstack.inference.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.inference.resident.ResidentModels;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

/** A node whose disk has less room than its memory holds what the disk does, the beginning of the stack. */
class CacheQuotaTest extends EdgeNodeFixture {
    private static final int ALL = MANIFEST.blocks().size();

    @Test
    void keepsToItsDiskQuotaAndGivesUpWhatIsOfLeastUse() throws Exception {
        int wanted = MANIFEST.minimalBlocks() + 4;
        long quota = PLANNER.storedBytes(wanted) + manifestBytes() + 10;
        platform.deploy(CONTEXT_TOKENS);
        Path stranger = directory.resolve("cache/aa/" + "b".repeat(62));
        Files.createDirectories(stranger.getParent());
        Files.write(stranger, new byte[100_000]);
        try (ConfigurableApplicationContext node = boot("--bitstack.node.cache-quota-bytes=" + quota)) {
            awaitBlocks(wanted);
            await(() -> platform.lastReport.path("problem").asString("").contains("quota"), "a word about the quota");
            assertThat(platform.lastReport.path("cache").path("usedBytes").asLong())
                    .isLessThanOrEqualTo(quota);
            assertThat(stranger).doesNotExist();
            assertThat(logits(node)).containsExactly(expectedLogits(wanted));
        }
    }

    /** The budget alone would hold all; what is kept is not fetched again. */
    @Test
    void aSmallerQuotaTakesTheEndOfTheStackFirst() throws Exception {
        int kept = MANIFEST.minimalBlocks() + 4;
        platform.deploy(CONTEXT_TOKENS);
        try (ConfigurableApplicationContext _ = boot()) {
            awaitBlocks(ALL);
        }
        platform.forgetNode();
        int before = platform.blobRequests.get() + platform.contentRequests.get();
        long quota = PLANNER.storedBytes(kept) + manifestBytes() + 10;
        try (ConfigurableApplicationContext node = boot("--bitstack.node.cache-quota-bytes=" + quota)) {
            awaitBlocks(kept);
            assertThat(cached(MANIFEST.blocks().getLast().digest())).doesNotExist();
            assertThat(logits(node)).containsExactly(expectedLogits(kept));
        }
        assertThat(platform.blobRequests.get() + platform.contentRequests.get()).isEqualTo(before);
    }

    /** It gives up nothing that it needs to make room for the rest of that. */
    @Test
    void aQuotaBelowTheMinimalPrefixIsSaid() throws Exception {
        platform.deploy(CONTEXT_TOKENS);
        long quota = distinctBytes(MANIFEST.minimalBlocks()) + manifestBytes() - 10;
        try (ConfigurableApplicationContext node = boot("--bitstack.node.cache-quota-bytes=" + quota)) {
            await(() -> platform.lastReport.path("problem").asString("").contains("10 bytes too small"), "a word");
            assertThat(blocksOf(node)).isZero();
            for (Descriptor needed : ResidentModels.base(MANIFEST)) {
                assertThat(cached(needed.digest())).exists();
            }
        }
    }

    private static long manifestBytes() {
        return ManifestJson.write(MANIFEST).length;
    }
}
