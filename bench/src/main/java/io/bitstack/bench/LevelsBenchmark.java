package io.bitstack.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What parameters of the codec {@code nested} give at the same number of planes for every matrix: one table, in bytes of the whole model, without
 * the hour that ordering takes. Arguments: model directory, calibration text, evaluation text, windows of the evaluation text, fewest and most planes,
 * then a line for each further argument, {@code name=value,name=value} or {@code defaults}. Windows have 512 tokens; start and embeddingStart are 3
 * and there are 32 windows of calibration, unless a line says otherwise.
 */
public final class LevelsBenchmark {
    private static final int FIRST_LINE = 6;
    private static final int CONTEXT = 512;
    private static final String DEFAULTS = "defaults";
    private static final Map<String, String> START = Map.of("start", "3", "embeddingStart", "3");

    private LevelsBenchmark() {}

    public static void main(String[] args) throws IOException {
        if (args.length <= FIRST_LINE) {
            System.err.println(
                    "usage: LevelsBenchmark MODEL CALIBRATION_TEXT EVALUATION_TEXT WINDOWS FEWEST_PLANES MOST_PLANES LINE…");
            System.exit(2);
        }
        Map<String, Map<String, String>> parameters =
                new LinkedHashMap<>(); // all are read before the first is measured
        for (String line : List.of(args).subList(FIRST_LINE, args.length)) {
            parameters.put(line, parameters(line));
        }
        try (SameLevel levels = new SameLevel(
                Path.of(args[0]), Path.of(args[1]), Path.of(args[2]), Integer.parseInt(args[3]), CONTEXT)) {
            for (Map.Entry<String, Map<String, String>> line : parameters.entrySet()) {
                levels.measure(line.getKey(), line.getValue(), Integer.parseInt(args[4]), Integer.parseInt(args[5]));
            }
        }
    }

    private static Map<String, String> parameters(String line) {
        Map<String, String> parameters = new TreeMap<>(START);
        if (!line.equals(DEFAULTS)) {
            for (String argument : line.split(",", -1)) {
                Option option = Option.of(argument);
                parameters.put(option.name(), option.value());
            }
        }
        return parameters;
    }
}
