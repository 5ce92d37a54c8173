package io.bitstack.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What each part of the codec {@code nested} is worth: one table, a line for the whole codec and each part switched off, at 2, 3 and
 * 4 planes of every matrix alike, in bytes of the whole model. Arguments: model directory, calibration text, evaluation text, then windows of
 * the evaluation text (6), tokens of a window (512), windows of calibration (32), and the first words of the lines wanted, as in
 * {@code "start 1,without descent"} (all).
 */
public final class PartsBenchmark {
    private static final int MOST_PLANES = 4;
    private static final int LEAST_PLANES = 2;
    /** All parts together, from two planes on. */
    private static final Map<String, String> START = Map.of("start", "2", "embeddingStart", "2");

    private PartsBenchmark() {}

    private static Map<String, Map<String, String>> variants() {
        Map<String, Map<String, String>> variants = new LinkedHashMap<>();
        variants.put("all parts", Map.of());
        variants.put("without the side branch", Map.of("sideRank", "0"));
        variants.put("without the balance", Map.of("balance", "false"));
        variants.put("without the rotation", Map.of("rotation", "false"));
        variants.put("without magnitudes", Map.of("magnitudes", "false"));
        variants.put("without history", Map.of("history", "false"));
        variants.put("start 1", Map.of("start", "1", "embeddingStart", "1"));
        variants.put("start 3", Map.of("start", "3", "embeddingStart", "3"));
        variants.put("without descent", Map.of("descentPasses", "0"));
        variants.put(
                "without feedback",
                Map.of("feedbackLevels", "0", "embeddingFeedbackLevels", "0", "descentPasses", "0"));
        return variants;
    }

    public static void main(String[] args) throws IOException {
        if (args.length < 3) {
            System.err.println(
                    "usage: PartsBenchmark MODEL CALIBRATION_TEXT EVALUATION_TEXT [WINDOWS [CONTEXT [CALIBRATION_WINDOWS [LINES]]]]");
            System.exit(2);
        }
        int windows = args.length > 3 ? Integer.parseInt(args[3]) : 6;
        int context = args.length > 4 ? Integer.parseInt(args[4]) : 512;
        String calibrationWindows = args.length > 5 ? args[5] : "32";
        Map<String, Map<String, String>> variants = variants();
        if (args.length > 6) {
            List<String> wanted = List.of(args[6].split(","));
            variants.keySet().removeIf(name -> wanted.stream().noneMatch(name::startsWith));
        }
        try (SameLevel levels = new SameLevel(Path.of(args[0]), Path.of(args[1]), Path.of(args[2]), windows, context)) {
            for (Map.Entry<String, Map<String, String>> variant : variants.entrySet()) {
                Map<String, String> parameters = new LinkedHashMap<>(START);
                parameters.putAll(variant.getValue());
                parameters.put("calibrationWindows", calibrationWindows);
                levels.measure(variant.getKey(), parameters, LEAST_PLANES, MOST_PLANES);
            }
        }
    }
}
