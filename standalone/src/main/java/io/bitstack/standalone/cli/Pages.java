package io.bitstack.standalone.cli;

import io.bitstack.standalone.client.ApiClient;
import java.io.IOException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/** Lists that come in pages, read to their end. */
final class Pages {
    private Pages() {}

    static ArrayNode all(ApiClient api, String path) throws IOException {
        ArrayNode items = JsonMapper.shared().createArrayNode();
        String next = "";
        do {
            JsonNode page = api.get(path + "?limit=200" + (next.isEmpty() ? "" : "&after=" + ApiClient.segment(next)));
            page.path("items").forEach(items::add);
            next = page.path("next").asString("");
        } while (!next.isEmpty());
        return items;
    }
}
