package io.bitstack.inference.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.completions.CompletionCreateParams;
import io.bitstack.inference.DemoServing;
import io.bitstack.inference.resident.Serving;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.support.GenericApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The routes over HTTP on the demo model, with OpenAI's own client, without the rest of a node. */
abstract class OpenAiFixture {
    static final String PROMPT = "It was a cold evening in November, and the old man";

    static DemoServing serving;
    static ConfigurableApplicationContext context;
    static String url;
    static OpenAIClient client;

    /** The engine and the routes without the rest of a node. Has no stereotype, so that no other test's scan finds it. */
    @EnableAutoConfiguration
    @ComponentScan({"io.bitstack.inference.engine", "io.bitstack.inference.chat", "io.bitstack.inference.openai"})
    static class Routes {}

    @BeforeAll
    static void start() throws IOException {
        serving = new DemoServing(1024);
        context = new SpringApplicationBuilder(Routes.class)
                .initializers(started ->
                        ((GenericApplicationContext) started).registerBean("serving", Serving.class, () -> serving))
                .run(
                        "--spring.config.name=none",
                        "--spring.main.banner-mode=off",
                        "--spring.threads.virtual.enabled=true",
                        "--server.port=0",
                        "--server.address=127.0.0.1",
                        "--bitstack.node.max-sequences=2",
                        "--bitstack.node.max-queued=1");
        url = "http://127.0.0.1:" + context.getEnvironment().getRequiredProperty("local.server.port");
        client = OpenAIOkHttpClient.builder()
                .baseUrl(url + "/v1")
                .apiKey("none")
                .maxRetries(0)
                .build();
    }

    @AfterAll
    static void stop() {
        client.close();
        // Closes the serving bean too.
        context.close();
    }

    @AfterEach
    void nothingIsLeftOpen() throws InterruptedException {
        serving.loaded = true;
        serving.letGo();
        // The answer's last byte may reach the test before the engine's thread gives back what it held.
        until(() -> serving.sessions.get() == 0, "all sessions closed");
        until(() -> serving.leases.get() == 0, "all leases given back");
    }

    static void until(BooleanSupplier condition, String what) throws InterruptedException {
        for (int i = 0; i < 6000; i++) {
            if (condition.getAsBoolean()) {
                return;
            }
            Thread.sleep(10);
        }
        fail("after a minute still not: " + what);
    }

    static ChatCompletionCreateParams.Builder chat() {
        return ChatCompletionCreateParams.builder()
                .model("demo")
                .temperature(0)
                .maxCompletionTokens(16)
                .addUserMessage(
                        "The sea was calm that morning, and the captain stood upon the deck and looked at the shore.");
    }

    static CompletionCreateParams.Builder completion() {
        return CompletionCreateParams.builder()
                .model("demo")
                .temperature(0)
                .maxTokens(12)
                .prompt(PROMPT);
    }

    static HttpRequest request(String path, String body) {
        return HttpRequest.newBuilder(URI.create(url + path))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .header("Content-Type", "application/json")
                .build();
    }

    static HttpResponse<String> send(String path, String body) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(request(path, body), HttpResponse.BodyHandlers.ofString());
        }
    }

    static JsonNode post(String path, String body, int status) throws IOException, InterruptedException {
        HttpResponse<String> response = send(path, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        return JsonMapper.shared().readTree(response.body());
    }
}
