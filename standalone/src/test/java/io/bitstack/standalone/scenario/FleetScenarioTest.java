package io.bitstack.standalone.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.model.TestStack;
import io.bitstack.core.stack.FileBlobStore;
import io.bitstack.core.stack.MemoryModel;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.standalone.client.ApiClient;
import io.bitstack.standalone.platform.Platform;
import io.bitstack.standalone.platform.PlatformOptions;
import io.bitstack.standalone.platform.ShortLivedNode;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Everything at once happens to three real nodes under load, and nobody who asks notices. */
class FleetScenarioTest {
    private static final String CONFIG = """
            {"architectures":["LlamaForCausalLM"],"hidden_act":"silu","hidden_size":64,"intermediate_size":128,
             "num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":4096,
             "max_position_embeddings":256,"tie_word_embeddings":true,"bos_token_id":0,"eos_token_id":2}""";
    private static final int CONTEXT_TOKENS = 256;
    private static final int CLIENTS = 3;

    @TempDir
    Path directory;

    private static Path demo() {
        return Path.of(System.getProperty("bitstack.repository", "..")).resolve("demo");
    }

    private static long budget(StackManifest manifest, int blocks) {
        return MemoryModel.kvCacheBytes(manifest.model(), CONTEXT_TOKENS)
                + MemoryModel.scratchBytes(manifest.model())
                + MemoryModel.residentBaseBytes(manifest)
                + manifest.blocks().subList(0, blocks).stream()
                        .mapToLong(StackManifest.Block::sizeBytes)
                        .sum();
    }

    @Test
    void nobodyWhoAsksNotices() throws Exception {
        TestStack stack = TestStack.random(
                CONFIG,
                Map.of(
                        "tokenizer.json",
                        Files.readString(demo().resolve("model/tokenizer.json")),
                        "tokenizer_config.json",
                        "{}"));
        Path data = directory.resolve("data");
        FileBlobStore blobs = new FileBlobStore(data.resolve("blobs"));
        for (byte[] content : stack.contents().values()) {
            blobs.put(ByteBuffer.wrap(content));
        }
        StackManifest good = stack.manifest();
        StackManifest bad = SpoiltStack.of(good, blobs);
        int minimal = good.minimalBlocks();
        int all = good.blocks().size();
        List<Long> budgets = Stream.of(minimal, minimal + (all - minimal) / 3, minimal + (all - minimal) * 2 / 3, all)
                .map(blocks -> budget(good, blocks))
                .toList();
        try (Platform platform = Platform.start(new PlatformOptions(data, 0, List.of(), List.of()), stage -> {})) {
            FleetScenario.Outcome outcome = new FleetScenario(
                            new ApiClient(platform.gatewayUrl(), platform.adminKey()),
                            directory,
                            new FleetScenario.Plan(
                                    good,
                                    bad,
                                    budgets,
                                    CONTEXT_TOKENS,
                                    8,
                                    CLIENTS,
                                    // Some hundred requests a second would leave this machine to nobody else.
                                    Duration.ofMillis(20),
                                    ShortLivedNode.options(),
                                    Duration.ofSeconds(120),
                                    Duration.ofSeconds(4),
                                    Files.readString(demo().resolve("text/heldout.txt"))
                                            .substring(0, 1000)),
                            System.out::println)
                    .run();
            System.out.println(outcome);
            assertThat(outcome.failures()).as("no request failed").isEmpty();
            assertThat(outcome.wrong()).as("no answer was wrong").isEmpty();
            // Nearly all are; an answer during which a node changes has no twin, and a busy machine makes answers long.
            assertThat(outcome.compared()).as(outcome.toString()).isPositive().isGreaterThan(outcome.answered() / 2);
            assertThat(outcome.resizes()).isGreaterThan(5);
            assertThat(outcome.rolloutState()).isEqualTo("rolled-back");
            assertThat(outcome.rolloutReason()).contains("perplexity");
            assertThat(outcome.untold())
                    .as("the list of events tells what was done")
                    .isEmpty();
            assertThat(outcome.unexplained()).as("and nothing that was not").isEmpty();
            assertThat(outcome.firstPrefixMillis()).isPositive();
            assertThat(outcome.firstTokenMillis()).isGreaterThan(outcome.firstPrefixMillis());
        }
    }
}
