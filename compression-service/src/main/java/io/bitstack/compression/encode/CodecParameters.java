package io.bitstack.compression.encode;

import io.bitstack.core.codec.CodecException;
import io.bitstack.core.codec.IabdEncoder;
import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.codec.LinearAlgebra;
import io.bitstack.core.codec.MatrixEncoder;
import io.bitstack.core.codec.NestedEncoder;
import io.bitstack.core.codec.NestedParameters;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.model.ModelConfig;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The parameters of a compression as strings, with defaults filled in, and the encoder that they describe. */
final class CodecParameters {
    private static final Map<String, String> COMMON = Map.of(
            "calibrationSeed",
            "1",
            "calibrationWindows",
            "32",
            "orderWindows",
            "2",
            "orderPoints",
            "1",
            "orderSeed",
            "0",
            "evaluationWindows",
            "16");
    private static final Map<String, String> NESTED = nested(NestedParameters.DEFAULTS);
    private static final Map<String, String> IABD =
            Map.of("rank", "16", "levels", "16", "scaleGroupedOutput", "true", "embeddingPartRows", "0");

    /** How the names of the inputs of output projections end. */
    private static final String OUTPUT_INPUT = ".o";

    private static Map<String, String> nested(NestedParameters defaults) {
        Map<String, String> values = new TreeMap<>();
        values.put("start", Integer.toString(defaults.start()));
        values.put("levels", Integer.toString(defaults.levels()));
        values.put("damping", Double.toString(defaults.damping()));
        values.put("feedbackLevels", Integer.toString(defaults.feedbackLevels()));
        values.put("descentPasses", Integer.toString(defaults.descentPasses()));
        values.put("sideRank", Integer.toString(defaults.sideRank()));
        values.put("rotation", Boolean.toString(defaults.rotation()));
        values.put("balance", Boolean.toString(defaults.balance()));
        values.put("magnitudes", Boolean.toString(defaults.magnitudes()));
        values.put("history", Boolean.toString(defaults.history()));
        values.put("embeddingStart", Integer.toString(defaults.embeddingStart()));
        values.put("embeddingPartRows", "512");
        values.put("embeddingFeedbackLevels", Integer.toString(defaults.embeddingFeedbackLevels()));
        return values;
    }

    private final String codec;
    private final Map<String, String> values;

    CodecParameters(String codec, Map<String, String> given) {
        Map<String, String> defaults = new TreeMap<>(COMMON);
        defaults.putAll(
                switch (codec) {
                    case "nested" -> NESTED;
                    case "iabd" -> IABD;
                    default ->
                        throw new IllegalArgumentException("no codec '" + codec + "'; there are nested and iabd");
                });
        Set<String> unknown = new TreeSet<>(given.keySet());
        unknown.removeAll(defaults.keySet());
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException(
                    "codec %s has no parameter %s; it has %s".formatted(codec, unknown, defaults.keySet()));
        }
        this.codec = codec;
        this.values = defaults;
        this.values.putAll(given);
    }

    Map<String, String> values() {
        return values;
    }

    /**
     * @param algebra for the codec {@code iabd}
     * @param pool for what is done for an input, and for a matrix
     */
    MatrixEncoder encoder(LinearAlgebra algebra, RowPool pool) {
        try {
            return codec.equals("nested")
                    ? new NestedEncoder(
                            new NestedParameters(
                                    integer("start", 1, 4),
                                    integer("levels", 1, 8),
                                    number("damping"),
                                    integer("feedbackLevels", 0, 8),
                                    integer("descentPasses", 0, 16),
                                    integer("sideRank", -1, 64),
                                    flag("rotation"),
                                    flag("balance"),
                                    flag("magnitudes"),
                                    flag("history"),
                                    integer("embeddingStart", 1, 4),
                                    integer("embeddingFeedbackLevels", 0, 8)),
                            pool)
                    : iabd(algebra);
        } catch (CodecException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private MatrixEncoder iabd(LinearAlgebra algebra) {
        flag("scaleGroupedOutput"); // said to be wrong now, not after the calibration
        return new IabdEncoder(integer("rank", 1, 1024), integer("levels", 1, 64), algebra);
    }

    /** Rows of the first part of an embedding or head; 0 for one part. */
    int embeddingPartRows() {
        return integer("embeddingPartRows", 0, 1 << 20);
    }

    /**
     * What an input is encoded with. The published code of {@code iabd} leaves out the scaling of the output projection under
     * grouped-query attention; {@code scaleGroupedOutput} = false does as it does.
     */
    InputStatistics statistics(String input, ModelConfig config, InputStatistics seen) {
        boolean groupedOutput = config.keyValueHeads() < config.attentionHeads() && input.endsWith(OUTPUT_INPUT);
        return codec.equals("iabd") && groupedOutput && !flag("scaleGroupedOutput") ? seen.unscaled() : seen;
    }

    int integer(String name, int least, int most) {
        String value = values.getOrDefault(name, "");
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("parameter %s is not a whole number: '%s'".formatted(name, value), e);
        }
        throw new IllegalArgumentException("parameter %s must be %d to %d, not %s".formatted(name, least, most, value));
    }

    long seed(String name) {
        String value = values.getOrDefault(name, "");
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "parameter %s is not a whole number of 64 bits: '%s'".formatted(name, value), e);
        }
    }

    private double number(String name) {
        String value = values.getOrDefault(name, "");
        try {
            return Double.parseDouble(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("parameter %s is not a number: '%s'".formatted(name, value), e);
        }
    }

    private boolean flag(String name) {
        String value = values.getOrDefault(name, "");
        if (!value.equals("true") && !value.equals("false")) {
            throw new IllegalArgumentException("parameter %s is true or false, not '%s'".formatted(name, value));
        }
        return value.equals("true");
    }
}
