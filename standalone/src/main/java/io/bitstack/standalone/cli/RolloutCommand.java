package io.bitstack.standalone.cli;

import io.bitstack.standalone.client.ApiClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Changes of a deployment that reach some nodes before others. */
@Command(
        name = "rollout",
        description = "Change a deployment's version or size a few nodes at a time, behind a gate.",
        mixinStandardHelpOptions = true,
        subcommands = {
            RolloutCommand.Start.class,
            RolloutCommand.ListRollouts.class,
            RolloutCommand.Show.class,
            RolloutCommand.Pause.class,
            RolloutCommand.Resume.class,
            RolloutCommand.Abort.class
        })
final class RolloutCommand {
    private static final String PATH = "/api/v1/rollouts";

    @Command(name = "start", description = "Begin a rollout.", mixinStandardHelpOptions = true)
    static final class Start extends ClientCommand {
        @Parameters(paramLabel = "DEPLOYMENT")
        long deployment;

        @Option(names = "--to", paramLabel = "VERSION", description = "the version to change to; or else a size")
        @Nullable
        Integer version;

        @Mixin
        SizingOptions sizing = new SizingOptions();

        @Option(
                names = "--step",
                paramLabel = "SHARE",
                description = "share of all nodes that a step changes; may be repeated")
        List<Double> shares = List.of();

        @Option(names = "--canary", paramLabel = "NAME=VALUE", description = "labels of the nodes of a first step")
        Map<String, String> canary = Map.of();

        @Option(names = "--soak", paramLabel = "SECONDS", description = "how long nodes must stay well")
        @Nullable
        Integer soakSeconds;

        @Option(names = "--timeout", paramLabel = "SECONDS", description = "how long nodes may take to be ready")
        @Nullable
        Integer timeoutSeconds;

        @Option(names = "--max-error-rate")
        @Nullable
        Double maxErrorRate;

        @Option(names = "--min-speed", paramLabel = "RATIO", description = "tokens/s, to those of unchanged nodes")
        @Nullable
        Double minTokensPerSecondRatio;

        @Option(names = "--probe", paramLabel = "TEXT", description = "text on which nodes measure their perplexity")
        @Nullable
        String probeText;

        @Option(names = "--max-perplexity-ratio", paramLabel = "RATIO", description = "to the perplexity before")
        @Nullable
        Double maxPerplexityRatio;

        @Override
        JsonNode ask(ApiClient api) throws IOException {
            List<Map<String, Object>> steps = new ArrayList<>();
            if (!canary.isEmpty()) {
                steps.add(Map.of("labels", canary));
            }
            shares.forEach(share -> steps.add(Map.of("share", share)));
            Map<String, Object> gate = new HashMap<>();
            gate.put("soakSeconds", soakSeconds);
            gate.put("timeoutSeconds", timeoutSeconds);
            gate.put("maxErrorRate", maxErrorRate);
            gate.put("minTokensPerSecondRatio", minTokensPerSecondRatio);
            gate.put("probeText", probeText);
            gate.put("maxPerplexityRatio", maxPerplexityRatio);
            Map<String, Object> wanted = new HashMap<>();
            wanted.put("version", version);
            wanted.put("sizing", sizing.isAny() ? sizing.members() : null);
            wanted.put("steps", steps);
            wanted.put("gate", gate);
            return api.post("/api/v1/deployments/%d/rollouts".formatted(deployment), wanted);
        }

        @Override
        void print(JsonNode rollout) {
            out().println("rollout " + rollout.path("id").asString());
        }
    }

    @Command(name = "list", description = "List rollouts.", mixinStandardHelpOptions = true)
    static final class ListRollouts extends ClientCommand {
        @Override
        JsonNode ask(ApiClient api) throws IOException {
            return Pages.all(api, PATH);
        }

        @Override
        void print(JsonNode rollouts) {
            Table table = new Table("ROLLOUT", "DEPLOYMENT", "MODEL", "OF", "STATE", "STEP", "STEPS", "REASON");
            for (JsonNode rollout : rollouts) {
                table.row(
                        rollout.path("id").asString(),
                        rollout.path("deployment").asString(),
                        rollout.path("model").asString(),
                        rollout.path("kind").asString(),
                        rollout.path("state").asString(),
                        rollout.path("step").asString(),
                        Integer.toString(rollout.path("steps").size()),
                        rollout.path("reason").asString("-"));
            }
            table.print(out());
        }
    }

    @Command(name = "show", description = "Show a rollout and its history.", mixinStandardHelpOptions = true)
    static final class Show extends OfOne {
        @Override
        JsonNode ask(ApiClient api) throws IOException {
            return api.get(PATH + "/" + id);
        }

        @Override
        void print(JsonNode rollout) {
            super.print(rollout);
            Table table = new Table("AT", "WHAT", "DETAIL", "BY");
            for (JsonNode entry : rollout.path("history")) {
                table.row(
                        entry.path("at").asString(),
                        entry.path("what").asString(),
                        entry.path("detail").asString(),
                        entry.path("by").asString());
            }
            table.print(out());
        }
    }

    /** Something that is done to one rollout. */
    abstract static class OfOne extends ClientCommand {
        @Parameters(paramLabel = "ROLLOUT")
        long id;

        JsonNode tell(ApiClient api, String what) throws IOException {
            return api.post("%s/%d/%s".formatted(PATH, id, what), Map.of());
        }

        @Override
        void print(JsonNode rollout) {
            out().println("rollout %d is %s%s"
                    .formatted(
                            id,
                            rollout.path("state").asString(),
                            rollout.has("reason")
                                    ? ": " + rollout.path("reason").asString()
                                    : ""));
        }
    }

    @Command(name = "pause", description = "Stop it where it is.", mixinStandardHelpOptions = true)
    static final class Pause extends OfOne {
        @Override
        JsonNode ask(ApiClient api) throws IOException {
            return tell(api, "pause");
        }
    }

    @Command(name = "resume", description = "Let it go on.", mixinStandardHelpOptions = true)
    static final class Resume extends OfOne {
        @Override
        JsonNode ask(ApiClient api) throws IOException {
            return tell(api, "resume");
        }
    }

    @Command(name = "abort", description = "Take every node back to what it was.", mixinStandardHelpOptions = true)
    static final class Abort extends OfOne {
        @Override
        JsonNode ask(ApiClient api) throws IOException {
            return tell(api, "abort");
        }
    }
}
