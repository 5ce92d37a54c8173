package io.bitstack.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.registry.error.ErrorCode;
import io.bitstack.registry.event.EventType;
import io.bitstack.service.ApiCode;
import io.bitstack.service.CommonCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The tables in docs/API.md name every code, event and route; what is missing is shown as the line to put there. */
class ApiTablesTest {
    private static final Path DOCS =
            Path.of(System.getProperty("bitstack.repository", "..")).resolve("docs");

    private static void assertLines(Stream<String> lines) throws IOException {
        List<String> page = Files.readAllLines(DOCS.resolve("API.md"));
        assertThat(lines.filter(line -> page.stream().noneMatch(there -> there.startsWith(line)))
                        .toList())
                .as("lines to put into a table of docs/API.md")
                .isEmpty();
    }

    @Test
    void everyCodeIsThere() throws IOException {
        assertLines(Stream.<ApiCode>concat(Stream.of(CommonCode.values()), Stream.of(ErrorCode.values()))
                .map(code -> "| `%s` | %d | %s |".formatted(code, code.status(), code.meaning())));
    }

    @Test
    void everyEventIsThere() throws IOException {
        assertLines(Stream.of(EventType.values()).map(event -> "| `%s` |".formatted(event.wireName())));
    }

    @Test
    void everyRouteIsThere() throws IOException {
        JsonNode paths = JsonMapper.shared()
                .readTree(Files.readAllBytes(DOCS.resolve("openapi/registry.json")))
                .path("paths");
        assertThat(paths.size()).isPositive();
        assertLines(paths.properties().stream()
                .map(path -> "| `%s` | %s |"
                        .formatted(
                                path.getKey(),
                                String.join(
                                        ", ",
                                        path.getValue().propertyNames().stream()
                                                .map(method -> method.toUpperCase(java.util.Locale.ROOT))
                                                .sorted()
                                                .toList()))));
    }
}
