package io.bitstack.inference.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.errors.BadRequestException;
import com.openai.errors.InternalServerException;
import com.openai.errors.NotFoundException;
import io.bitstack.inference.engine.Engine;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Every failure has OpenAI's shape and says what is wrong. */
class OpenAiErrorsTest extends OpenAiFixture {
    @Test
    void errorsAreTheClientsOwn() {
        assertThatThrownBy(() ->
                        client.chat().completions().create(chat().model("other").build()))
                .isInstanceOfSatisfying(NotFoundException.class, e -> {
                    assertThat(e.code()).contains("model_not_found");
                    assertThat(e.param()).contains("model");
                    assertThat(e.type()).contains("invalid_request_error");
                });
        assertThatThrownBy(
                        () -> client.chat().completions().create(chat().n(1000).build()))
                .isInstanceOfSatisfying(BadRequestException.class, e -> {
                    assertThat(e.code()).contains("invalid_value");
                    assertThat(e.param()).contains("n");
                });
        assertThatThrownBy(() ->
                        client.completions().create(completion().maxTokens(5000).build()))
                .isInstanceOfSatisfying(
                        BadRequestException.class, e -> assertThat(e.code()).contains("context_length_exceeded"))
                .hasMessageContaining("5000")
                .hasMessageContaining("1024");
        serving.loaded = false;
        assertThat(client.models().list().data()).isEmpty();
        assertThatThrownBy(() -> client.completions().create(completion().build()))
                .isInstanceOfSatisfying(InternalServerException.class, e -> {
                    assertThat(e.statusCode()).isEqualTo(503);
                    assertThat(e.code()).contains("model_not_loaded");
                });
    }

    @Test
    void badRequestsSayWhatIsWrong() throws Exception {
        assertThat(error("/v1/completions", "{\"model\":", 400, "invalid_json")).contains("JSON");
        assertThat(error("/v1/completions", "[]", 400, "invalid_value")).contains("object");
        assertThat(error("/v1/completions", "", 400, "invalid_value")).contains("object");
        assertThat(error("/v1/completions", "{\"model\":\"demo\"}", 400, "missing_parameter"))
                .contains("prompt");
        String start = "{\"model\":\"demo\",\"prompt\":\"x\",";
        assertThat(error("/v1/completions", start + "\"temperature\":9}", 400, "invalid_value"))
                .contains("temperature")
                .contains("between 0 and 2");
        assertThat(error("/v1/completions", start + "\"top_p\":0}", 400, "invalid_value"))
                .contains("top_p");
        assertThat(error("/v1/completions", start + "\"stop\":[\"a\",\"\"]}", 400, "invalid_value"))
                .contains("stop");
        assertThat(error("/v1/completions", start + "\"logit_bias\":{\"x\":1}}", 400, "invalid_value"))
                .contains("token ids");
        assertThat(error("/v1/completions", start + "\"temperature\":-1}", 400, "invalid_value"))
                .contains("temperature");
        assertThat(error("/v1/completions", start + "\"temperature\":NaN}", 400, "invalid_json"))
                .contains("NaN");
        assertThat(error("/v1/completions", start + "\"min_p\":1e999}", 400, "invalid_value"))
                .contains("min_p");
        assertThat(error("/v1/completions", start + "\"best_of\":3,\"n\":2}", 400, "unsupported_parameter"))
                .contains("best_of");
        String stops =
                IntStream.range(0, 10_000).mapToObj(i -> "\"s" + i + "\"").collect(Collectors.joining(","));
        assertThat(error("/v1/completions", start + "\"stop\":[" + stops + "]}", 400, "invalid_value"))
                .contains("at most 16");
        assertThat(error("/v1/completions", start + "\"stream_options\":{}}", 400, "invalid_value"))
                .contains("stream");
        assertThat(error("/v1/completions", start + "\"seed\":1.5}", 400, "invalid_value"))
                .contains("seed");
        assertThat(error("/v1/completions", "{\"model\":\"demo\",\"prompt\":[99999]}", 400, "invalid_value"))
                .contains("99999");
        assertThat(error("/v1/completions", "{\"model\":\"demo\",\"prompt\":\"\"}", 400, "invalid_value"))
                .contains("no tokens");
        assertThat(error("/v1/completions", "{\"model\":\"demo\",\"prompt\":[\"a\",7]}", 400, "invalid_value"))
                .contains("several");
        String many = "\"x\",".repeat(99) + "\"x\"";
        assertThat(error(
                        "/v1/completions",
                        "{\"model\":\"demo\",\"n\":2,\"prompt\":[" + many + "]}",
                        400,
                        "invalid_value"))
                .contains("2 answers to each of 100 prompts");
        assertThat(error("/v1/completions", "{\"model\":\"demo\",\"prompt\":\"a\\ud83d b\"}", 400, "invalid_json"))
                .contains("\\ud83d");
        String chat = "{\"model\":\"demo\",\"messages\":";
        assertThat(error("/v1/chat/completions", chat + "[]}", 400, "invalid_value"))
                .contains("messages");
        assertThat(error(
                        "/v1/chat/completions",
                        chat + "[{\"role\":\"pirate\",\"content\":\"x\"}]}",
                        400,
                        "invalid_value"))
                .contains("messages[0].role");
        assertThat(error("/v1/chat/completions", chat + "[{\"role\":\"user\"}]}", 400, "missing_parameter"))
                .contains("messages[0].content");
        assertThat(error(
                        "/v1/chat/completions",
                        chat
                                + "[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:x\"}}]}]}",
                        400,
                        "invalid_value"))
                .contains("text parts");
        for (String part : List.of(
                "7",
                "null",
                "[]",
                "{}",
                "{\"type\":\"text\"}",
                "{\"type\":\"text\",\"text\":7}",
                "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,%%%\"}}",
                "{\"type\":\"input_audio\",\"input_audio\":null}")) {
            assertThat(error(
                            "/v1/chat/completions",
                            chat + "[{\"role\":\"user\",\"content\":[" + part + "]}]}",
                            400,
                            "invalid_value"))
                    .contains("messages[0].content");
        }
        String lengthy = "word ".repeat(3000);
        assertThat(error(
                        "/v1/chat/completions",
                        chat + "[{\"role\":\"user\",\"content\":\"" + lengthy + "\"}]}",
                        400,
                        "context_length_exceeded"))
                .contains("1024")
                .containsPattern("prompt has [0-9]{4,} tokens");
        assertThat(error("/v1/completions", " ".repeat((4 << 20) + 1), 413, "body_too_large"))
                .contains("bytes");
        assertThat(error("/v1/completions", "[" + "1,".repeat(20 << 20) + "1]", 413, "body_too_large"))
                .as("also when much more is still to come")
                .contains("bytes");
        assertThat(error("/v1/completions", "[".repeat(100_000), 400, "invalid_json"))
                .contains("JSON");
        assertThat(error("/v1/nothing", "{}", 404, "route_not_found")).contains("/v1/completions");
        assertThat(error("/v1/models", "{}", 405, "method_not_allowed")).contains("GET");
    }

    /** Numbers that are none, that are beyond their bounds, and that are something else. */
    @ParameterizedTest
    @CsvSource({
        "temperature, number",
        "top_p, number",
        "min_p, number",
        "repetition_penalty, number",
        "presence_penalty, number",
        "frequency_penalty, number",
        "max_tokens, whole",
        "n, whole",
        "top_k, whole",
        "logprobs, whole",
        "seed, whole"
    })
    void numbersThatCannotBeAreRefusedByName(String name, String kind) throws Exception {
        Engine engine = context.getBean(Engine.class);
        String start = "{\"model\":\"demo\",\"prompt\":\"x\",\"" + name + "\":";
        for (String bad : List.of("NaN", "-Infinity", "Infinity", "-", "0x10")) {
            error("/v1/completions", start + bad + "}", 400, "invalid_json");
        }
        for (String bad : List.of("\"NaN\"", "\"1\"", "[]", "{}", "true", "1e999", "-1e999", "1" + "0".repeat(400))) {
            assertThat(error("/v1/completions", start + bad + "}", 400, "invalid_value"))
                    .as(bad)
                    .contains("'" + name + "'");
        }
        if (!name.equals("seed")) {
            assertThat(error("/v1/completions", start + "-1000}", 400, "invalid_value"))
                    .contains("'" + name + "'");
        }
        if (kind.equals("whole")) {
            assertThat(error("/v1/completions", start + "1.5}", 400, "invalid_value"))
                    .contains("'" + name + "'");
        }
        until(() -> engine.activeRequests() == 0 && engine.queuedRequests() == 0, "none of them runs");
        assertThat(post("/v1/completions", start + "null}", 200).path("choices"))
                .as("the next request is answered")
                .hasSize(1);
    }

    @Test
    void bytesThatAreNotUtf8AreRefusedAndTheNextRequestIsAnswered() throws Exception {
        byte[] body = "{\"model\":\"demo\",\"prompt\":\"a?b\",\"max_tokens\":1}".getBytes(StandardCharsets.US_ASCII);
        body[new String(body, StandardCharsets.US_ASCII).indexOf('?')] = (byte) 0xff;
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> response = http.send(
                    HttpRequest.newBuilder(URI.create(url + "/v1/completions"))
                            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(response.body()).contains("invalid_json").contains("UTF-8");
        }
        String unknown = "{\"model\":\"demo\",\"prompt\":\"a\",\"max_tokens\":1,\"wishes\":3,\"do_sample\":false}";
        assertThat(post("/v1/completions", unknown, 200).path("choices"))
                .as("members that are not known are let be")
                .hasSize(1);
    }

    private static String error(String path, String body, int status, String code)
            throws IOException, InterruptedException {
        JsonNode error = post(path, body, status).path("error");
        assertThat(error.path("code").asString("")).isEqualTo(code);
        assertThat(error.path("type").asString("")).isEqualTo("invalid_request_error");
        return error.path("message").asString("");
    }
}
