package io.bitstack.inference.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.bitstack.inference.engine.RequestException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Templates in the forms that the supported families publish render as the reference implementation of Jinja (jinja2 with
 * {@code trim_blocks} and {@code lstrip_blocks}, as Hugging Face sets it up) rendered them into {@code expected.json}.
 */
class PublishedTemplatesTest {
    private static final ChatTemplates TEMPLATES = new ChatTemplates();

    @AfterAll
    static void close() {
        TEMPLATES.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama3", "mistral", "qwen2", "qwen3"})
    void rendersAsTheReference(String family) throws IOException {
        rendersAsExpected(family, resource(family + ".jinja"));
    }

    @Test
    void rendersSmolLm2AsTheReference() throws IOException {
        Path directory = Path.of(System.getProperty("bitstack.repository", ".."))
                .resolve(System.getProperty("bitstack.smollm2", "../smollm2-135m"));
        Path file = directory.resolve("tokenizer_config.json");
        assumeTrue(Files.exists(file), "there is no " + file + "; -Dbitstack.smollm2 names the model's directory");
        JsonNode config = JsonMapper.shared().readTree(Files.readString(file));
        rendersAsExpected("smollm2", config.path("chat_template").asString());
    }

    @Test
    void saysWhyAConversationIsRefused() throws IOException {
        String mistral = resource("mistral.jinja");
        List<Map<String, String>> twice =
                List.of(Map.of("role", "user", "content", "a"), Map.of("role", "user", "content", "b"));
        assertThatThrownBy(() -> TEMPLATES.render(mistral, Map.of("messages", twice, "bos_token", "<s>")))
                .isInstanceOf(RequestException.class)
                .hasMessage("Roles must alternate user/assistant/user/assistant/...");
    }

    @Test
    void saysWhyToolCallsAreRefused() throws IOException {
        assertThatThrownBy(() -> TEMPLATES.render(resource("llama3.jinja"), variables("two-calls")))
                .isInstanceOf(RequestException.class)
                .hasMessageContaining("One tool call at a time!");
    }

    private static Map<String, Object> variables(String conversation) throws IOException {
        Map<String, Object> variables = new LinkedHashMap<>();
        JsonMapper.shared()
                .readTree(resource("conversations.json"))
                .path(conversation)
                .properties()
                .forEach(entry -> variables.put(
                        entry.getKey(), JsonMapper.shared().convertValue(entry.getValue(), Object.class)));
        variables.put("bos_token", "<s>");
        variables.put("eos_token", "</s>");
        return variables;
    }

    private static void rendersAsExpected(String family, String template) throws IOException {
        JsonNode expected =
                JsonMapper.shared().readTree(resource("expected.json")).path(family);
        assertThat(expected.size()).isPositive();
        for (Map.Entry<String, JsonNode> one : expected.properties()) {
            assertThat(TEMPLATES.render(template, variables(one.getKey())))
                    .as(family + ", " + one.getKey())
                    .isEqualTo(one.getValue().asString());
        }
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = PublishedTemplatesTest.class.getResourceAsStream("/chat-templates/" + name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
