package io.bitstack.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChoiceEvaluationTest {
    private final ModelConfig config = ModelConfig.read(TestModels.demo());

    @Test
    void accuraciesMatchTheirDefinitionOnPlainLogits() throws IOException {
        Tokenizer tokenizer = Tokenizer.read(TestModels.demo());
        List<ChoiceTask> tasks = List.of(
                new ChoiceTask("Once upon a", List.of("time", "quarterly revenue statement"), 0),
                new ChoiceTask("The little girl was very", List.of("happy and she smiled", "a", "of"), 0),
                new ChoiceTask("He opened the door and ", List.of("went in", "xylophone"), 1));
        try (Checkpoint checkpoint = Checkpoint.open(TestModels.demo())) {
            ModelWeights full = ModelWeights.dense(config, checkpoint);
            ChoiceEvaluation.Score score = new ChoiceEvaluation(config, tokenizer, tasks, RowPool.SINGLE).score(full);
            int right = 0;
            int rightPerByte = 0;
            for (ChoiceTask task : tasks) {
                double[] sums = new double[task.choices().size()];
                double[] perByte = new double[sums.length];
                for (int c = 0; c < sums.length; c++) {
                    String context = task.context().strip();
                    sums[c] = bySoftmax(
                            full, tokenizer, context, " " + task.choices().get(c));
                    perByte[c] = sums[c] / task.choices().get(c).length();
                }
                right += best(sums) == task.answer() ? 1 : 0;
                rightPerByte += best(perByte) == task.answer() ? 1 : 0;
            }
            assertThat(score).isEqualTo(new ChoiceEvaluation.Score(right / 3.0, rightPerByte / 3.0, 3));
            // The model was trained on stories: it knows how they begin.
            assertThat(score.accuracy()).isPositive();
        }
    }

    private double bySoftmax(ModelWeights weights, Tokenizer tokenizer, String context, String choice) {
        int[] tokens = tokenizer.encode(context + choice, false);
        int from = tokenizer.encode(context, false).length;
        int vocabulary = config.vocabularySize();
        float[] logits = new Transformer(config, RowPool.SINGLE)
                .forward(weights, tokens, new KvCache(config, tokens.length), LogitsWanted.ALL);
        double sum = 0;
        for (int t = from; t < tokens.length; t++) {
            double total = 0;
            for (int i = 0; i < vocabulary; i++) {
                total += Math.exp(logits[(t - 1) * vocabulary + i]);
            }
            sum += Math.log(Math.exp(logits[(t - 1) * vocabulary + tokens[t]]) / total);
        }
        return sum;
    }

    private static int best(double[] values) {
        return IntStream.range(0, values.length).reduce(0, (best, i) -> values[i] > values[best] ? i : best);
    }

    @Test
    void aChoiceIsSeparatedByOneSpaceAndWeighedWithoutIt() throws IOException {
        Tokenizer tokenizer = Tokenizer.read(TestModels.demo());
        for (String context : List.of("Once upon a", "Once upon a ")) {
            for (String choice : List.of("time é", " time é")) {
                ChoiceTask.Continuation continuation = new ChoiceTask(context, List.of(choice, "x"), 0)
                        .continuations(tokenizer)
                        .getFirst();
                assertThat(continuation.tokens()).isEqualTo(tokenizer.encode("Once upon a time é", false));
                assertThat(continuation.contextTokens()).isEqualTo(tokenizer.encode("Once upon a", false).length);
                assertThat(continuation.choiceBytes()).isEqualTo(7);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "{\"context\":\"a\",\"choices\":[\"b\"],\"answer\":0}",
                "{\"context\":\" \",\"choices\":[\"b\",\"c\"],\"answer\":0}",
                "{\"context\":\"a\",\"choices\":[\"b\",\"c\"],\"answer\":2}",
                "{\"context\":\"a\",\"choices\":[\"b\",\"\"],\"answer\":0}",
                "{\"context\":\"a\",\"choices\":[\"b\",3],\"answer\":0}",
                "{\"context\":\"a\",\"choices\":[\"b\",\"c\"],\"answer\":\"c\"}"
            })
    void tasksThatAreNotOfTheFormAreRefused(String line) {
        assertThatThrownBy(() -> ChoiceTask.parse(line)).isInstanceOf(ModelException.class);
    }

    @Test
    void aBadTaskIsNamedByItsLine() {
        String good = "{\"context\":\"a\",\"choices\":[\"b\",\"c\"],\"answer\":1}";
        assertThat(ChoiceTask.parse(good + "\n\n" + good)).hasSize(2);
        assertThatThrownBy(() -> ChoiceTask.parse(good + "\n\nnonsense")).hasMessageContaining("line 3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tasks", "tasks-language", "tasks-everyday", "tasks-numbers"})
    void theRepositorysOwnTasksAreOfTheForm(String file) throws IOException {
        List<ChoiceTask> tasks =
                ChoiceTask.parse(Files.readString(TestModels.repository().resolve("demo/text/" + file + ".jsonl")));
        assertThat(tasks).hasSizeGreaterThanOrEqualTo(30);
        assertThat(tasks.stream().map(ChoiceTask::context).distinct()).hasSameSizeAs(tasks);
        assertThat(tasks).allSatisfy(task -> assertThat(task.choices()).doesNotHaveDuplicates());
        for (int place = 0; place < 4; place++) {
            int here = place;
            // Where the right choice stands tells nothing.
            assertThat(tasks.stream().filter(task -> task.answer() == here).count())
                    .as("right choices at place %d", place)
                    .isBetween(tasks.size() / 10L, tasks.size() / 2L);
        }
    }
}
