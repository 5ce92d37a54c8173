package io.bitstack.inference.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.core.http.StreamResponse;
import com.openai.errors.NotFoundException;
import com.openai.errors.RateLimitException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionChoice;
import com.openai.models.completions.CompletionUsage;
import com.openai.models.models.Model;
import io.bitstack.inference.engine.Engine;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.ByteArrayOutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The routes over HTTP, with OpenAI's own client, on the demo model. */
class OpenAiApiTest extends OpenAiFixture {
    @Test
    void chatsAsAWholeAndInChunks() {
        ChatCompletion whole = client.chat()
                .completions()
                .create(chat().logprobs(true).topLogprobs(3).build());
        assertThat(whole.choices()).hasSize(1);
        ChatCompletion.Choice choice = whole.choices().getFirst();
        String text = choice.message().content().orElseThrow();
        assertThat(text).as("the demo model goes on with the story").containsPattern("[a-z]{2}");
        assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.LENGTH);
        assertThat(whole.usage().orElseThrow().completionTokens()).isEqualTo(16);
        var tokens = choice.logprobs().orElseThrow().content().orElseThrow();
        assertThat(tokens).hasSize(16).allSatisfy(token -> {
            assertThat(token.topLogprobs()).hasSize(3);
            assertThat(token.topLogprobs().getFirst().token()).isEqualTo(token.token());
        });
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        tokens.forEach(token -> token.bytes().orElseThrow().forEach(one -> bytes.write(one.intValue())));
        assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo(text);
        whole.validate();

        StringBuilder streamed = new StringBuilder();
        List<String> reasons = new ArrayList<>();
        List<Long> usage = new ArrayList<>();
        try (StreamResponse<ChatCompletionChunk> stream = client.chat()
                .completions()
                .createStreaming(chat().streamOptions(ChatCompletionStreamOptions.builder()
                                .includeUsage(true)
                                .build())
                        .build())) {
            stream.stream().forEach(chunk -> {
                chunk.validate();
                chunk.usage().ifPresent(used -> usage.add(used.totalTokens()));
                chunk.choices().forEach(part -> {
                    part.delta().content().ifPresent(streamed::append);
                    part.finishReason().ifPresent(reason -> reasons.add(reason.toString()));
                });
            });
        }
        assertThat(streamed.toString()).isEqualTo(text);
        assertThat(reasons).containsExactly("length");
        assertThat(usage).containsExactly(whole.usage().orElseThrow().totalTokens());
    }

    @Test
    void completesWithEchoAndLogprobs() {
        Completion completion =
                client.completions().create(completion().echo(true).logprobs(2).build());
        CompletionChoice choice = completion.choices().getFirst();
        assertThat(choice.text()).startsWith(PROMPT);
        int[] prompt = serving.model.tokenizer().encode(PROMPT, true);
        CompletionChoice.Logprobs logprobs = choice.logprobs().orElseThrow();
        List<String> tokens = logprobs.tokens().orElseThrow();
        assertThat(tokens).hasSize(prompt.length + 12);
        assertThat(String.join("", tokens).strip()).isEqualTo(choice.text().strip());
        assertThat(completion.usage().orElseThrow().promptTokens()).isEqualTo(prompt.length);
        List<Long> offsets = logprobs.textOffset().orElseThrow();
        assertThat(offsets).hasSize(tokens.size()).isSorted();
        assertThat(offsets.getFirst()).isZero();

        // The same scores when the prompt goes in as tokens, and the answer's tokens are scored as a prompt.
        List<Long> ids = java.util.Arrays.stream(serving.model.tokenizer().encode(choice.text(), true))
                .asLongStream()
                .boxed()
                .toList();
        Completion scored = client.completions()
                .create(completion()
                        .promptOfArrayOfTokenArrays(List.of(ids))
                        .maxTokens(0)
                        .echo(true)
                        .logprobs(1)
                        .build());
        assertThat(scored.usage().orElseThrow().completionTokens()).isZero();
        assertThat(scored.choices().getFirst().text()).isNotBlank();
    }

    @Test
    void evaluationHarnessesFindNullAndTheirScores() throws Exception {
        JsonNode answer = post(
                "/v1/completions",
                "{\"model\":\"demo@3\",\"prompt\":[877,322,263,1790],\"max_tokens\":1,\"echo\":true,\"logprobs\":1,\"temperature\":0,\"seed\":1234}",
                200);
        JsonNode logprobs = answer.at("/choices/0/logprobs");
        assertThat(logprobs.path("token_logprobs").get(0).isNull()).isTrue();
        assertThat(logprobs.path("top_logprobs").get(0).isNull()).isTrue();
        assertThat(logprobs.path("token_logprobs")).hasSize(5);
        for (int i = 1; i < 5; i++) {
            assertThat(logprobs.path("token_logprobs").get(i).asDouble()).isNegative();
            assertThat(logprobs.path("top_logprobs").get(i)).hasSize(1);
        }
        String last = logprobs.path("tokens").get(4).asString();
        assertThat(logprobs.path("top_logprobs").get(4).path(last).asDouble())
                .isEqualTo(logprobs.path("token_logprobs").get(4).asDouble());
    }

    @Test
    void streamsCompletions() {
        String whole = client.completions()
                .create(completion().build())
                .choices()
                .getFirst()
                .text();
        try (StreamResponse<Completion> stream =
                client.completions().createStreaming(completion().echo(true).build())) {
            StringBuilder text = new StringBuilder();
            stream.stream().forEach(chunk -> chunk.choices().forEach(choice -> text.append(choice.text())));
            assertThat(text.toString()).isEqualTo(PROMPT + whole);
        }
        int cut = whole.length() / 2;
        String stop = whole.substring(cut, cut + 3);
        CompletionChoice stopped = client.completions()
                .create(completion().stop(stop).build())
                .choices()
                .getFirst();
        assertThat(stopped.text()).isEqualTo(whole.substring(0, whole.indexOf(stop)));
        assertThat(stopped.finishReason()).isEqualTo(CompletionChoice.FinishReason.STOP);
    }

    @Test
    void endsStreamsWithDone() throws Exception {
        HttpResponse<String> response =
                send("/v1/completions", "{\"model\":\"demo\",\"prompt\":\"The\",\"max_tokens\":3,\"stream\":true}");
        assertThat(response.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/event-stream");
        assertThat(response.body()).endsWith("data: [DONE]\n\n");
        assertThat(response.body().lines().filter(line -> !line.isEmpty())).allMatch(line -> line.startsWith("data: "));
    }

    @Test
    void listsTheModel() throws Exception {
        List<Model> models = client.models().list().data();
        assertThat(models).hasSize(1);
        assertThat(models.getFirst().id()).isEqualTo("demo");
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create(url + "/v1/models/demo")).build();
            JsonNode extras = JsonMapper.shared()
                    .readTree(http.send(request, HttpResponse.BodyHandlers.ofString())
                            .body());
            assertThat(extras.path("blocks").asInt()).isEqualTo(42);
            assertThat(extras.path("version").asInt()).isEqualTo(3);
            assertThat(extras.path("stack_digest").asString())
                    .isEqualTo(serving.model.stack().toString());
        }
        assertThat(client.models().retrieve("demo@3").id()).isEqualTo("demo");
        assertThatThrownBy(() -> client.models().retrieve("other")).isInstanceOf(NotFoundException.class);
    }

    @Test
    void refusesWhenFullAndForgetsWhoLeft() throws Exception {
        Engine engine = context.getBean(Engine.class);
        String endless = "{\"model\":\"demo\",\"prompt\":\"The\",\"max_tokens\":1000,\"stream\":true,"
                + "\"logit_bias\":{\"0\":-100,\"1\":-100,\"4\":-100}}";
        serving.allowPasses(0);
        try (HttpClient leaving = HttpClient.newHttpClient()) {
            List<CompletableFuture<HttpResponse<Stream<String>>>> requests = new ArrayList<>();
            requests.add(leaving.sendAsync(request("/v1/completions", endless), HttpResponse.BodyHandlers.ofLines()));
            until(() -> engine.activeRequests() == 1, "one runs");
            requests.add(leaving.sendAsync(request("/v1/completions", endless), HttpResponse.BodyHandlers.ofLines()));
            until(() -> engine.queuedRequests() == 1, "its pages are taken, so another waits");
            assertThatThrownBy(() -> client.completions().create(completion().build()))
                    .isInstanceOfSatisfying(RateLimitException.class, e -> {
                        assertThat(e.code()).contains("queue_full");
                        assertThat(e.headers().values("Retry-After")).containsExactly("1");
                    });
            leaving.shutdownNow();
            requests.forEach(request -> request.cancel(true));
        }
        serving.letGo();
        until(() -> engine.activeRequests() == 0 && engine.queuedRequests() == 0, "those who left are forgotten");
        assertThat(client.completions().create(completion().build()).choices()).hasSize(1);
    }

    @Test
    void whoLeavesWithoutStreamingIsForgottenToo() throws Exception {
        Engine engine = context.getBean(Engine.class);
        MeterRegistry meters = context.getBean(MeterRegistry.class);
        double before = cancelled(meters);
        byte[] body = ("{\"model\":\"demo\",\"prompt\":\"The\",\"max_tokens\":1000,"
                        + "\"logit_bias\":{\"0\":-100,\"1\":-100,\"4\":-100}}")
                .getBytes(StandardCharsets.UTF_8);
        String head =
                "POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                        .formatted(body.length);
        URI to = URI.create(url);
        // A minute and a half for all of its tokens: it is not done before it is noticed that nobody waits for it.
        serving.passMillis = 100;
        try (Socket running = new Socket(to.getHost(), to.getPort());
                Socket waiting = new Socket(to.getHost(), to.getPort())) {
            for (Socket client : List.of(running, waiting)) {
                client.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
                client.getOutputStream().write(body);
                client.getOutputStream().flush();
                until(() -> engine.activeRequests() == 1, "one runs");
            }
            until(() -> engine.queuedRequests() == 1, "its pages are taken, so another waits");
        }
        until(() -> engine.activeRequests() == 0 && engine.queuedRequests() == 0, "those who left are forgotten");
        assertThat(cancelled(meters)).isEqualTo(before + 2);
        assertThat(client.completions().create(completion().build()).choices()).hasSize(1);
    }

    private static double cancelled(MeterRegistry meters) {
        return meters.counter("bitstack.inference.requests", "outcome", "cancelled")
                .count();
    }

    @Test
    void usageSaysWhatWasReused() {
        String prompt = PROMPT.repeat(10);
        client.completions().create(completion().prompt(prompt).maxTokens(2).build());
        CompletionUsage usage = client.completions()
                .create(completion().prompt(prompt + " went home").maxTokens(2).build())
                .usage()
                .orElseThrow();
        long reused = usage.promptTokensDetails().orElseThrow().cachedTokens().orElseThrow();
        assertThat(reused).isPositive().isLessThan(usage.promptTokens());
    }
}
