package io.bitstack.compression;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The OpenAPI document that is served is the one that is checked in. */
class OpenApiTest {
    private static final Path CHECKED_IN =
            Path.of(System.getProperty("bitstack.repository", ".."), "docs", "openapi", "compression.json");

    @TempDir
    Path directory;

    @Test
    void theServedDocumentIsTheOneInTheRepository() throws Exception {
        JsonNode served;
        try (ServiceFixture service = new ServiceFixture(directory)) {
            HttpResponse<String> answer = service.get("/api/v1/openapi/compression.json");
            assertThat(answer.statusCode()).isEqualTo(200);
            served = service.parse(answer.body());
        }
        Path actual = Path.of("target", "openapi-compression.json");
        Files.createDirectories(actual.getParent());
        Files.writeString(
                actual,
                JsonMapper.builder()
                                .enable(SerializationFeature.INDENT_OUTPUT)
                                .build()
                                .writeValueAsString(served)
                        + "\n");
        assertThat(served.path("openapi").asString()).startsWith("3.1");
        assertThat(served.path("paths").has("/api/v1/uploads/{id}/files/{name}"))
                .isTrue();
        assertThat(Files.exists(CHECKED_IN))
                .as(CHECKED_IN + " is missing; copy " + actual.toAbsolutePath())
                .isTrue();
        assertThat(served)
                .as("the API changed: look at the difference and copy %s to %s", actual.toAbsolutePath(), CHECKED_IN)
                .isEqualTo(JsonMapper.shared().readTree(Files.readString(CHECKED_IN)));
    }
}
