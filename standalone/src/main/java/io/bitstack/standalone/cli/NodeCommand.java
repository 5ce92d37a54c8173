package io.bitstack.standalone.cli;

import io.bitstack.standalone.client.ApiClient;
import java.io.IOException;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Edge nodes. */
@Command(
        name = "node",
        description = "See nodes and change their budgets.",
        mixinStandardHelpOptions = true,
        subcommands = {NodeCommand.ListNodes.class, NodeCommand.Budget.class})
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
                    "NODE", "STATE", "MODEL", "VERSION", "BUDGET", "HELD", "BLOCKS", "BPW", "PERPLEXITY", "TOKENS/S");
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
                        Numbers.decimal(node.path("tokensPerSecond"), 1));
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

        @Parameters(index = "1", paramLabel = "BYTES")
        long budgetBytes;

        @Override
        JsonNode ask(ApiClient api) throws IOException {
            return api.patch("/api/v1/nodes/" + ApiClient.segment(node), Map.of("budgetBytes", budgetBytes));
        }

        @Override
        void print(JsonNode answer) {
            out().println("%s is to keep to %s".formatted(node, Numbers.bytes(budgetBytes)));
        }
    }
}
