package io.bitstack.standalone.cli;

import io.bitstack.standalone.client.ApiClient;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/** Says what budgets buy, before anything is pulled. */
@Command(name = "plan", description = "Show what memory budgets buy of a model.", mixinStandardHelpOptions = true)
final class PlanCommand extends ClientCommand {
    @Parameters(paramLabel = "MODEL", description = "NAME@ALIAS or NAME@VERSION")
    String model = "";

    @Option(
            names = "--budget",
            arity = "1..*",
            required = true,
            description = "bytes for weights, KV cache and scratch")
    List<Long> budgetsBytes = List.of();

    @Option(names = "--context", description = "tokens of KV cache (default: ${DEFAULT-VALUE})")
    int contextTokens = 1024;

    @Option(names = "--kv", description = "how the node keeps keys and values: half, int8 or single (default: half)")
    @Nullable
    String kvPrecision;

    @Override
    JsonNode ask(ApiClient api) throws IOException {
        ArrayNode plans = JsonMapper.shared().createArrayNode();
        for (long budgetBytes : budgetsBytes) {
            Map<String, Object> question = ModelName.parse(model).members();
            question.put("budgetBytes", budgetBytes);
            question.put("contextTokens", contextTokens);
            if (kvPrecision != null) {
                question.put("kvPrecision", kvPrecision);
            }
            plans.add(api.post("/api/v1/resolve", question));
        }
        return plans;
    }

    @Override
    void print(JsonNode plans) {
        Table table = new Table(
                "BUDGET", "BLOCKS", "HELD", "KV CACHE", "SCRATCH", "BPW", "PERPLEXITY", "KL", "ONE MORE NEEDS");
        for (JsonNode plan : plans) {
            JsonNode next = plan.path("next");
            table.row(
                    Numbers.bytes(plan.path("budgetBytes").asLong()),
                    plan.path("blocks").asString(),
                    Numbers.bytes(plan.path("heldBytes").asLong()),
                    Numbers.bytes(plan.path("kvCacheBytes").asLong()),
                    Numbers.bytes(plan.path("scratchBytes").asLong()),
                    Numbers.decimal(plan.path("bpw"), 2),
                    Numbers.decimal(plan.path("expectedPerplexity"), 3),
                    Numbers.decimal(plan.path("expectedKlDivergence"), 4),
                    next.isObject() ? Numbers.bytes(next.path("missingBytes").asLong()) : "-");
        }
        table.print(out());
    }
}
