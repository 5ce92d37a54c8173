package io.bitstack.standalone.cli;

import io.bitstack.standalone.client.ApiClient;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Edge nodes. */
@Command(
        name = "node",
        description = "Let nodes join, see them, change their budgets and labels, drain, revoke, remove them.",
        mixinStandardHelpOptions = true,
        subcommands = {
            NodeCommand.ListNodes.class,
            NodeCommand.Budget.class,
            NodeCommand.Label.class,
            NodeCommand.Drain.class,
            NodeCommand.Undrain.class,
            NodeCommand.Revoke.class,
            NodeCommand.Remove.class,
            JoinTokenCommand.class
        })
final class NodeCommand {
    @Command(name = "list", description = "List nodes.", mixinStandardHelpOptions = true)
    static final class ListNodes extends ClientCommand {
        @Override
        JsonNode ask(ApiClient api) throws IOException {
            return Pages.all(api, "/api/v1/nodes");
        }

        @Override
        void print(JsonNode nodes) {
            Table table = new Table(
                    "NODE",
                    "STATE",
                    "MODEL",
                    "VERSION",
                    "BUDGET",
                    "HELD",
                    "BLOCKS",
                    "BPW",
                    "PERPLEXITY",
                    "TOKENS/S",
                    "FIRST MS");
            for (JsonNode node : nodes) {
                table.row(
                        node.path("name").asString(),
                        node.path("state").asString(),
                        node.path("model").asString("-"),
                        node.path("version").asString("-"),
                        Numbers.bytes(node.path("budgetBytes").asLong()),
                        Numbers.bytes(node.path("heldBytes").asLong()),
                        node.path("blocks").asString(),
                        Numbers.decimal(node.path("bpw"), 2),
                        Numbers.decimal(node.path("expectedPerplexity"), 3),
                        Numbers.decimal(node.path("tokensPerSecond"), 1),
                        Numbers.decimal(node.path("firstPrefixMillis"), 0));
            }
            table.print(out());
        }
    }

    @Command(
            name = "budget",
            description = "Change a node's memory budget while it serves.",
            mixinStandardHelpOptions = true)
    static final class Budget extends ClientCommand {
        @Parameters(index = "0", paramLabel = "NODE")
        String node = "";

        @Parameters(index = "1", arity = "0..1", paramLabel = "BYTES")
        @Nullable
        Long budgetBytes;

        @Option(names = "--share", description = "of the memory that the node has, above 0 and at most 1")
        @Nullable
        Double share;

        @Option(names = "--own", description = "back to its deployment's policy or its own setting")
        boolean own;

        @Override
        JsonNode ask(ApiClient api) throws IOException {
            int given = (budgetBytes == null ? 0 : 1) + (share == null ? 0 : 1) + (own ? 1 : 0);
            if (given != 1) {
                throw new IllegalArgumentException("give BYTES, --share or --own, one of them");
            }
            Map<String, Object> change = new HashMap<>();
            change.put("budgetBytes", budgetBytes);
            change.put("budgetShare", share);
            return api.patch("/api/v1/nodes/" + ApiClient.segment(node), change);
        }

        @Override
        void print(JsonNode answer) {
            out().println("%s is to keep to %s"
                    .formatted(
                            node,
                            budgetBytes != null
                                    ? Numbers.bytes(budgetBytes)
                                    : share != null ? share + " of its memory" : "its own budget"));
        }
    }

    @Command(
            name = "label",
            description = "Give a node labels, all of them anew; they come before those that it reports.",
            mixinStandardHelpOptions = true)
    static final class Label extends ClientCommand {
        @Parameters(index = "0", paramLabel = "NODE")
        String node = "";

        @Parameters(index = "1..*", paramLabel = "NAME=VALUE")
        Map<String, String> labels = Map.of();

        @Override
        JsonNode ask(ApiClient api) throws IOException {
            return api.put("/api/v1/nodes/%s/labels".formatted(ApiClient.segment(node)), Map.of("labels", labels));
        }

        @Override
        void print(JsonNode answer) {
            out().println("%s: %s".formatted(node, answer.path("labels")));
        }
    }

    /** Posts to a route of one node that takes nothing more. */
    private abstract static class Change extends ClientCommand {
        @Parameters(paramLabel = "NODE")
        String node = "";

        private final String change;

        Change(String change) {
            this.change = change;
        }

        @Override
        JsonNode ask(ApiClient api) throws IOException {
            return api.post("/api/v1/nodes/%s/%s".formatted(ApiClient.segment(node), change), Map.of());
        }

        @Override
        void print(JsonNode answer) {
            out().println("%s is %s".formatted(node, answer.path("state").asString()));
        }
    }

    @Command(
            name = "drain",
            description = "Send a node no new requests; it ends those that it has, and keeps its model.",
            mixinStandardHelpOptions = true)
    static final class Drain extends Change {
        Drain() {
            super("drain");
        }
    }

    @Command(name = "undrain", description = "Send a drained node requests again.", mixinStandardHelpOptions = true)
    static final class Undrain extends Change {
        Undrain() {
            super("undrain");
        }
    }

    @Command(
            name = "revoke",
            description = "Take a node's key away; it is refused until it joins again with a new token.",
            mixinStandardHelpOptions = true)
    static final class Revoke extends Change {
        Revoke() {
            super("revoke");
        }

        @Override
        void print(JsonNode answer) {
            out().println("revoked " + node);
        }
    }

    @Command(
            name = "remove",
            description = "Forget a node and revoke the key that it joined for.",
            mixinStandardHelpOptions = true)
    static final class Remove extends ClientCommand {
        @Parameters(paramLabel = "NODE")
        String node = "";

        @Override
        JsonNode ask(ApiClient api) throws IOException {
            return api.delete("/api/v1/nodes/" + ApiClient.segment(node));
        }

        @Override
        void print(JsonNode answer) {
            out().println("removed " + node);
        }
    }
}
