package io.bitstack.standalone.cli;

import io.bitstack.standalone.client.ApiClient;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Tells nodes what to serve. */
@Command(name = "deploy", description = "Have nodes serve a model.", mixinStandardHelpOptions = true)
final class DeployCommand extends ClientCommand {
    @Parameters(paramLabel = "MODEL", description = "NAME@ALIAS or NAME@VERSION")
    String model = "";

    @Option(names = "--node", description = "a node's name; may be repeated; default: every node")
    List<String> nodes = List.of();

    @Option(names = "--select", paramLabel = "NAME=VALUE", description = "nodes with such a label; may be repeated")
    Map<String, String> selector = Map.of();

    @Mixin
    SizingOptions sizing = new SizingOptions();

    @Option(names = "--context", description = "tokens of KV cache (default: ${DEFAULT-VALUE})")
    int contextTokens = 1024;

    @Override
    JsonNode ask(ApiClient api) throws IOException {
        Map<String, Object> request = ModelName.parse(model).members();
        request.put("contextTokens", contextTokens);
        if (!nodes.isEmpty()) {
            request.put("nodes", nodes);
        }
        if (!selector.isEmpty()) {
            request.put("selector", selector);
        }
        if (sizing.isAny()) {
            request.put("sizing", sizing.members());
        }
        return api.post("/api/v1/deployments", request);
    }

    @Override
    void print(JsonNode deployment) {
        out().println("deployment " + deployment.path("id").asString());
    }
}
