package io.bitstack.bench;

import io.bitstack.core.stack.FileBlobStore;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.MemoryModel;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.standalone.client.ApiClient;
import io.bitstack.standalone.platform.Platform;
import io.bitstack.standalone.platform.PlatformOptions;
import io.bitstack.standalone.scenario.FleetScenario;
import io.bitstack.standalone.scenario.SpoiltStack;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Everything at once happens to three nodes, each a process, while clients ask through the gateway: one is resized every few seconds, one killed and
 * started again, one finds its cache corrupted, and a rollout is taken back by its gate. Prints what became of the requests, and ends with an error if one
 * failed or was answered wrongly, or if the registry's list of events and what was done do not explain each other. Arguments: how many seconds (120), how many clients (4), a directory with a model and a calibration text (those of the
 * demo), or one with a stack that {@code ./bitstack eval --keep} kept.
 */
public final class FleetBenchmark {
    private static final int CONTEXT_TOKENS = 512;
    private static final int MAX_TOKENS = 16;

    private FleetBenchmark() {}

    public static void main(String[] args) throws Exception {
        int seconds = args.length > 0 ? Integer.parseInt(args[0]) : 120;
        int clients = args.length > 1 ? Integer.parseInt(args[1]) : 4;
        BenchModel model = new BenchModel(
                Path.of(args.length > 2 ? args[2] : "demo/model").toAbsolutePath(),
                Path.of(args.length > 3 ? args[3] : "demo/text/calibration.txt").toAbsolutePath());
        Path data = Files.createTempDirectory("bitstack-bench");
        Platform.logToFile(data);
        model.prepare(data);
        FleetScenario.Outcome outcome;
        try (Platform platform = Platform.start(
                new PlatformOptions(
                        data, 0, List.of(model.directory(), model.text().getParent()), List.of()),
                stage -> System.out.println("starting " + stage))) {
            ApiClient api = new ApiClient(platform.gatewayUrl(), platform.adminKey());
            System.out.println("making the model");
            model.make(api, platform.gatewayUrl(), platform.adminKey());
            StackManifest good = manifest(api);
            StackManifest bad = SpoiltStack.of(good, new FileBlobStore(data.resolve("blobs")));
            String text = Files.readString(model.text());
            outcome = new FleetScenario(
                            api,
                            data,
                            new FleetScenario.Plan(
                                    good,
                                    bad,
                                    budgets(good),
                                    CONTEXT_TOKENS,
                                    MAX_TOKENS,
                                    clients,
                                    Duration.ZERO,
                                    List.of(),
                                    Duration.ofSeconds(seconds),
                                    Duration.ofSeconds(3),
                                    text.substring(0, Math.min(2000, text.length()))),
                            System.out::println)
                    .run();
        }
        System.out.printf(
                Locale.ROOT,
                "%d answers, %d of them equal to an undisturbed node's to the last bit, %d while a node changed; %d failed, %d wrong; %d resizes%n",
                outcome.answered(),
                outcome.compared(),
                outcome.mixed(),
                outcome.failures().size(),
                outcome.wrong().size(),
                outcome.resizes());
        System.out.println("the rollout is " + outcome.rolloutState() + ": " + outcome.rolloutReason());
        outcome.events().forEach((type, count) -> System.out.printf(Locale.ROOT, "%6d %s%n", count, type));
        System.out.printf(
                Locale.ROOT,
                "from an empty cache: %.0f ms from being told what to serve to the first prefix, %.0f ms from the start of the process to the first token through the gateway%n",
                outcome.firstPrefixMillis(),
                outcome.firstTokenMillis());
        outcome.untold().forEach(what -> System.out.println("not told by any event: " + what));
        outcome.unexplained().forEach(event -> System.out.println("not explained by anything that was done: " + event));
        outcome.failures().stream().limit(5).forEach(failure -> System.out.println("failed: " + failure));
        outcome.wrong().stream().limit(5).forEach(wrong -> System.out.println("wrong: " + wrong));
        boolean isGood = outcome.failures().isEmpty()
                && outcome.wrong().isEmpty()
                && outcome.untold().isEmpty()
                && outcome.unexplained().isEmpty()
                && outcome.rolloutState().equals("rolled-back");
        System.exit(isGood ? 0 : 1);
    }

    private static StackManifest manifest(ApiClient api) throws IOException {
        String digest = api.get("/api/v1/models/%s/versions/1".formatted(BenchModel.NAME))
                .path("stackDigest")
                .asString();
        try (InputStream in = api.download("/api/v1/stacks/%s/manifest".formatted(digest), 0)) {
            return ManifestJson.read(in.readAllBytes());
        }
    }

    /** Budgets for the minimal prefix, all blocks, and two sizes between them. */
    private static List<Long> budgets(StackManifest manifest) {
        int minimal = manifest.minimalBlocks();
        int more = manifest.blocks().size() - minimal;
        return Stream.of(minimal, minimal + more / 3, minimal + more * 2 / 3, minimal + more)
                .map(blocks -> MemoryModel.kvCacheBytes(manifest.model(), CONTEXT_TOKENS)
                        + MemoryModel.scratchBytes(manifest.model())
                        + MemoryModel.residentBaseBytes(manifest)
                        + manifest.blocks().subList(0, blocks).stream()
                                .mapToLong(StackManifest.Block::sizeBytes)
                                .sum())
                .toList();
    }
}
