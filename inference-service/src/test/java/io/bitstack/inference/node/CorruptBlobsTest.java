package io.bitstack.inference.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.stack.Digest;
import io.bitstack.inference.resident.ResidentModels;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Bytes that are not what their names say, on the wire, on the disk, under a mapping: a node that is a process of its own never answers from them. */
class CorruptBlobsTest extends NodeProcessFixture {
    private static final String FIRST = "first";

    /** One of the base, one of the minimal prefix, one of the rest. */
    private static final List<Digest> SOME = List.of(
            ResidentModels.base(MANIFEST).getLast().digest(),
            MANIFEST.blocks().get(1).digest(),
            MANIFEST.blocks().getLast().digest());

    /** Of a node that nothing happens to. */
    private JsonNode undisturbed() throws Exception {
        try (NodeProcess _ =
                start("undisturbed", "--bitstack.node.cache-directory=" + directory.resolve("undisturbed"))) {
            awaitBlocks(ALL);
            return answer();
        } finally {
            platform.forgetNode();
        }
    }

    @Test
    void onTheWire() throws Exception {
        platform.deploy(CONTEXT_TOKENS);
        JsonNode expected = undisturbed();
        platform.spoilOnce.addAll(SOME);
        try (NodeProcess _ = start(FIRST, cache())) {
            awaitBlocks(ALL);
            assertThat(corruptBlobs()).isEqualTo(SOME.size());
            assertThat(answer()).isEqualTo(expected);
            assertWholeCache();
        }
    }

    @Test
    void onTheDisk() throws Exception {
        platform.deploy(CONTEXT_TOKENS);
        JsonNode expected;
        try (NodeProcess node = start(FIRST, cache())) {
            awaitBlocks(ALL);
            expected = answer();
            node.kill();
        }
        for (Digest one : SOME) {
            turnBit(one);
        }
        turnBit(STACK.digest());
        platform.forgetNode();
        try (NodeProcess _ = start("second", cache())) {
            awaitBlocks(ALL);
            assertThat(corruptBlobs()).as("the manifest too").isEqualTo(SOME.size() + 1L);
            assertThat(answer()).isEqualTo(expected);
            assertWholeCache();
        }
    }

    @Test
    void afterItWasMapped() throws Exception {
        platform.deploy(CONTEXT_TOKENS);
        try (NodeProcess node = start(FIRST, cache(), "--bitstack.node.scrub-interval=500ms")) {
            awaitBlocks(ALL);
            JsonNode expected = answer();
            Digest rotten = MANIFEST.blocks().get(1).digest();
            turnBit(rotten);
            await(() -> corruptBlobs() == 1, "found");
            await(() -> isWhole(rotten), "fetched again");
            await(() -> hasLogged(node, rotten + " was fetched again"), "weights of the good bytes are published");
            assertThat(answer()).isEqualTo(expected);
            assertThat(platform.lastReport.path("state").asString()).isEqualTo("ready");
        }
    }
}
