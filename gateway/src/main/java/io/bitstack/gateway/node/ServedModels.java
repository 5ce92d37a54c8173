package io.bitstack.gateway.node;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.service.ApiException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/** Lists the models of all ready nodes in the shape of OpenAI's API. */
@Component
public class ServedModels {
    private final NodeDirectory directory;
    private final Map<String, Long> firstSeenSeconds = new ConcurrentHashMap<>();

    ServedModels(NodeDirectory directory) {
        this.directory = directory;
    }

    /** Answers {@code GET /v1/models}. */
    public ServerResponse list(ServerRequest request) {
        return answer(new Listing("list", models()));
    }

    /** Answers {@code GET /v1/models/{model}}. */
    public ServerResponse one(ServerRequest request) {
        String name = request.pathVariable("model");
        return answer(models().stream()
                .filter(model -> model.id().equals(name))
                .findFirst()
                .orElseThrow(() -> new ApiException(
                        GatewayCode.MODEL_NOT_FOUND,
                        "model '" + name + "' is not served; GET /v1/models lists what is")));
    }

    private static ServerResponse answer(Object body) {
        return ServerResponse.ok().contentType(MediaType.APPLICATION_JSON).body(body);
    }

    private List<Model> models() {
        Map<String, List<NodeView>> byModel = directory.nodes().stream()
                .filter(node -> node.isReady() && node.model() != null)
                .collect(Collectors.groupingBy(
                        node -> Objects.requireNonNull(node.model()), TreeMap::new, Collectors.toList()));
        firstSeenSeconds.keySet().retainAll(byModel.keySet());
        return byModel.entrySet().stream()
                .map(entry -> model(entry.getKey(), entry.getValue()))
                .toList();
    }

    private Model model(String name, List<NodeView> nodes) {
        long created = firstSeenSeconds.computeIfAbsent(name, unseen -> System.currentTimeMillis() / 1000);
        List<Copy> copies = nodes.stream()
                .sorted(Comparator.comparingDouble(NodeView::bpw).reversed().thenComparing(NodeView::name))
                .map(node -> new Copy(
                        node.name(), node.version(), node.bpw(), node.expectedPerplexity(), node.contextTokens()))
                .toList();
        return new Model(name, "model", created, "bitstack", new Extras(copies));
    }

    private record Listing(String object, List<Model> data) {}

    /** One model; {@code created} is when this gateway first saw it served, in seconds. */
    private record Model(String id, String object, long created, String owned_by, Extras bitstack) {}

    private record Extras(List<Copy> nodes) {}

    private record Copy(
            String node, int version, double bpw, @Nullable Double expectedPerplexity, int contextTokens) {}
}
