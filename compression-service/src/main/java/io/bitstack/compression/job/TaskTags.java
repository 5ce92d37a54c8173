package io.bitstack.compression.job;

import io.bitstack.compression.encode.ChoiceResult;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Results of multiple-choice tasks as tags of a version: {@code tasks.full} and, for each prefix measured, {@code tasks.blocks.<number>}. */
final class TaskTags {
    private static final String PREFIX = "tasks.";

    private TaskTags() {}

    static Map<String, String> of(List<ChoiceResult> results) {
        Map<String, String> tags = new TreeMap<>();
        results.forEach(result ->
                tags.put(PREFIX + (result.blocks() == 0 ? "full" : "blocks." + result.blocks()), value(result)));
        return tags;
    }

    private static String value(ChoiceResult result) {
        return String.format(
                Locale.ROOT,
                "{\"tasks\":%d,\"accuracy\":%.4f,\"normalisedAccuracy\":%.4f,\"sizeBytes\":%d}",
                result.score().tasks(),
                result.score().accuracy(),
                result.score().normalisedAccuracy(),
                result.sizeBytes());
    }

    static String inWords(ChoiceResult result) {
        return String.format(
                Locale.ROOT,
                "tasks, %s: %.3f right, %.3f by byte, of %d",
                result.blocks() == 0 ? "full model" : result.blocks() + " blocks",
                result.score().accuracy(),
                result.score().normalisedAccuracy(),
                result.score().tasks());
    }
}
