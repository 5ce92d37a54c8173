package io.bitstack.core.model;

import io.bitstack.core.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A multiple-choice task: which of some continuations does the context ask for?
 *
 * @param context not blank
 * @param choices at least two, none blank
 * @param answer index of the right choice
 */
public record ChoiceTask(String context, List<String> choices, int answer) {
    private static final int MOST_TASKS = 100_000;
    private static final int MOST_CHOICES = 64;
    private static final int LONGEST_LINE = 1 << 20;

    public ChoiceTask {
        choices = List.copyOf(choices);
        if (context.isBlank() || choices.size() < 2 || choices.size() > MOST_CHOICES) {
            throw bad("a task needs a context and 2 to %d choices".formatted(MOST_CHOICES));
        }
        if (choices.stream().anyMatch(String::isBlank)) {
            throw bad("a choice is blank");
        }
        if (answer < 0 || answer >= choices.size()) {
            throw bad("answer must be the index of a choice, 0 to %d, not %d".formatted(choices.size() - 1, answer));
        }
    }

    /**
     * Tasks of a JSONL text, one object {@code {"context", "choices", "answer"}} a line; empty lines are skipped.
     *
     * @throws ModelException {@code BAD_EVALUATION_TEXT} naming the line if one is not such an object, or if there is none
     */
    public static List<ChoiceTask> parse(String jsonLines) {
        List<ChoiceTask> tasks = new ArrayList<>();
        List<String> lines = jsonLines.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).isBlank()) {
                continue;
            }
            try {
                tasks.add(parseLine(lines.get(i)));
            } catch (ModelException e) {
                throw new ModelException(e.code(), "line %d of the tasks: %s".formatted(i + 1, e.getMessage()), e);
            }
        }
        if (tasks.isEmpty() || tasks.size() > MOST_TASKS) {
            throw bad("there must be 1 to %d tasks, not %d".formatted(MOST_TASKS, tasks.size()));
        }
        return List.copyOf(tasks);
    }

    private static ChoiceTask parseLine(String line) {
        if (line.length() > LONGEST_LINE) {
            throw bad("it has %d characters, more than %d".formatted(line.length(), LONGEST_LINE));
        }
        JsonNode node;
        try {
            node = JsonMapper.shared().readTree(line);
        } catch (JacksonException e) {
            throw bad("not JSON: " + e.getOriginalMessage());
        }
        JsonNode choices = node.path("choices");
        boolean strings = choices.isArray();
        for (JsonNode choice : choices) {
            strings &= choice.isString();
        }
        if (!node.path("context").isString() || !strings || !node.path("answer").isInt()) {
            throw bad(
                    "it must be {\"context\": string, \"choices\": [string, …], \"answer\": index of the right choice}");
        }
        List<String> texts = new ArrayList<>();
        choices.forEach(choice -> texts.add(choice.asString()));
        return new ChoiceTask(
                node.path("context").asString(), texts, node.path("answer").asInt());
    }

    private static ModelException bad(String message) {
        return new ModelException(ModelError.BAD_EVALUATION_TEXT, message);
    }

    /**
     * A choice as tokens after its context.
     *
     * @param tokens of context and choice
     * @param contextTokens how many of them, at least one, are the context's
     * @param choiceBytes UTF-8 bytes of the choice itself: what its log-likelihood is divided by
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Continuation(int[] tokens, int contextTokens, int choiceBytes) {}

    /**
     * Each choice after the context, with a space between unless one of them brings it. Both are encoded together, as they would
     * stand in a text, and the context's tokens are as many as it has alone.
     */
    List<Continuation> continuations(Tokenizer tokenizer) {
        String stripped = context.stripTrailing();
        String between = stripped.length() < context.length() ? context.substring(stripped.length()) : " ";
        int[] alone = tokenizer.encode(stripped, false);
        return choices.stream()
                .map(choice -> {
                    boolean spaced = Character.isWhitespace(choice.charAt(0));
                    int[] tokens = tokenizer.encode(stripped + (spaced ? choice : between + choice), false);
                    // Where the border fell inside a token, the choice still has one of its own.
                    int own = Math.clamp(alone.length, 1, Math.max(1, tokens.length - 1));
                    return new Continuation(tokens, own, choice.strip().getBytes(StandardCharsets.UTF_8).length);
                })
                .toList();
    }

    /** The index of the highest of some values, the first of equal ones. */
    static int best(double[] values) {
        Objects.checkIndex(0, values.length);
        double highest = Arrays.stream(values).max().orElseThrow();
        int best = 0;
        while (values[best] != highest) {
            best++;
        }
        return best;
    }
}
