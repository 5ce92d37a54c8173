package io.bitstack.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reports as a node does and looks at what the registry says of it: a machine that stops in between for a few seconds makes it late, and the node reports again. */
final class Reported {
    private static final Set<String> SILENT = Set.of("stale", "lost");
    private static final int MOST_TRIES = 20;

    private Reported() {}

    /** The node as the registry shows it right after its report. */
    static JsonNode node(RegistryFixture http, String name, String report) throws Exception {
        JsonNode shown = JsonMapper.shared().createObjectNode();
        for (int i = 0; i < MOST_TRIES; i++) {
            assertThat(http.send("PUT", "/nodes/" + name, report).status()).isEqualTo(200);
            shown = http.get("/nodes/" + name).body();
            if (!SILENT.contains(shown.path("state").asString())) {
                return shown;
            }
        }
        return fail("reported a moment ago, and still silent: %s", shown);
    }

    /** What state a node has that was last heard of so long ago. */
    static String stateAfter(RegistryFixture http, String name, int seconds, String expected) throws Exception {
        String state = "";
        for (int i = 0; i < MOST_TRIES && !state.equals(expected); i++) {
            http.execute(
                    "update registry.nodes set last_seen_at = clock_timestamp() - interval '%d seconds' where name = '%s'"
                            .formatted(seconds, name));
            state = http.get("/nodes/" + name).body().path("state").asString();
        }
        return state;
    }
}
