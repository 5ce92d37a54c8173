package io.bitstack.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The OpenAPI document that is served is the one that is checked in. */
class OpenApiTest {
    private static final Path CHECKED_IN =
            Path.of(System.getProperty("bitstack.repository", ".."), "docs", "openapi", "registry.json");

    @Test
    void theServedDocumentIsTheOneInTheRepository() throws Exception {
        RegistryFixture.Answer answer = SharedRegistry.get().http.get("/openapi.json");
        assertThat(answer.status()).isEqualTo(200);
        JsonNode served = answer.body();
        Path actual = Path.of("target", "openapi-registry.json");
        Files.createDirectories(actual.getParent());
        Files.writeString(
                actual,
                JsonMapper.builder()
                                .enable(SerializationFeature.INDENT_OUTPUT)
                                .build()
                                .writeValueAsString(served)
                        + "\n");
        assertThat(served.path("openapi").asString()).startsWith("3.1");
        assertThat(served.path("paths").has("/api/v1/models/{model}/versions")).isTrue();
        assertThat(served.path("paths").propertyNames()).noneMatch(path -> path.contains("internal"));
        assertThat(Files.exists(CHECKED_IN))
                .as(CHECKED_IN + " is missing; copy " + actual.toAbsolutePath())
                .isTrue();
        assertThat(served)
                .as("the API changed: look at the difference and copy %s to %s", actual.toAbsolutePath(), CHECKED_IN)
                .isEqualTo(JsonMapper.shared().readTree(Files.readString(CHECKED_IN)));
    }
}
