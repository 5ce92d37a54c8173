package io.bitstack.inference.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionChoice;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Several answers in one: {@code n}, several prompts, and what evaluation harnesses send. */
class ChoicesTest extends OpenAiFixture {
    private static final List<String> PROMPTS = List.of(PROMPT, "The captain stood upon the deck", "She said that");

    @Test
    void answersSeveralPromptsAsItWouldEachAlone() {
        Completion together = client.completions()
                .create(completion().promptOfArrayOfStrings(PROMPTS).n(2).build());
        assertThat(together.choices()).extracting(CompletionChoice::index).containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
        long promptTokens = 0;
        for (int i = 0; i < PROMPTS.size(); i++) {
            Completion alone = client.completions()
                    .create(completion().prompt(PROMPTS.get(i)).build());
            promptTokens += alone.usage().orElseThrow().promptTokens();
            for (int answer = 0; answer < 2; answer++) {
                assertThat(together.choices().get(2 * i + answer).text())
                        .as("greedy, so both answers are the same")
                        .isEqualTo(alone.choices().getFirst().text());
            }
        }
        assertThat(together.usage().orElseThrow().promptTokens())
                .as("a prompt counts once, however many answers it has")
                .isEqualTo(promptTokens);

        Map<Long, StringBuilder> streamed = new TreeMap<>();
        try (StreamResponse<Completion> stream = client.completions()
                .createStreaming(
                        completion().promptOfArrayOfStrings(PROMPTS).n(2).build())) {
            stream.stream()
                    .forEach(chunk -> chunk.choices()
                            .forEach(choice -> streamed.computeIfAbsent(choice.index(), index -> new StringBuilder())
                                    .append(choice.text())));
        }
        assertThat(streamed.values().stream().map(StringBuilder::toString))
                .containsExactlyElementsOf(
                        together.choices().stream().map(CompletionChoice::text).toList());
    }

    @Test
    void aSeedGivesSeveralAnswersAndTheSameOnesAgain() {
        List<String> first = sampled();
        assertThat(first).hasSize(12).doesNotHaveDuplicates();
        assertThat(sampled()).isEqualTo(first);
    }

    /** More than run side by side, and more than this node has room to run and queue at once. */
    private static List<String> sampled() {
        ChatCompletion answer = client.chat()
                .completions()
                .create(chat().temperature(1)
                        .putAdditionalBodyProperty("seed", JsonValue.from(11))
                        .n(12)
                        .build());
        return answer.choices().stream()
                .map(choice -> choice.message().content().orElseThrow())
                .toList();
    }

    @Test
    void harnessesScoreABatchOfTokenPrompts() throws Exception {
        JsonNode answer = post(
                "/v1/completions",
                "{\"model\":\"demo\",\"prompt\":[[877,322,263,1790],[263,1790]],\"max_tokens\":1,\"echo\":true,\"logprobs\":1,"
                        + "\"temperature\":0,\"seed\":1234,\"logit_bias\":{\"4\":100}}",
                200);
        assertThat(answer.path("choices")).hasSize(2);
        for (int i = 0; i < 2; i++) {
            JsonNode choice = answer.path("choices").get(i);
            JsonNode scores = choice.at("/logprobs/token_logprobs");
            assertThat(choice.path("finish_reason").asString()).isEqualTo("stop");
            assertThat(scores).as("the end token is scored as well").hasSize((i == 0 ? 4 : 2) + 1);
            assertThat(scores.get(0).isNull()).isTrue();
            assertThat(scores.get(1).asDouble()).isNegative();
            assertThat(choice.at("/logprobs/tokens")).hasSize(scores.size());
        }
        double alone = post(
                        "/v1/completions",
                        "{\"model\":\"demo\",\"prompt\":[263,1790],\"max_tokens\":0,\"echo\":true,\"logprobs\":0}",
                        200)
                .at("/choices/0/logprobs/token_logprobs/1")
                .asDouble();
        assertThat(answer.at("/choices/1/logprobs/token_logprobs/1").asDouble()).isEqualTo(alone);
    }
}
