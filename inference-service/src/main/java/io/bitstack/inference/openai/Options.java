package io.bitstack.inference.openai;

import io.bitstack.inference.engine.RequestCode;
import io.bitstack.inference.engine.RequestException;
import io.bitstack.inference.sampling.SamplingParameters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What both routes are asked in the same way.
 *
 * @param choices how many answers to give to each prompt
 */
record Options(
        String model,
        int choices,
        boolean stream,
        boolean includeUsage,
        List<String> stop,
        SamplingParameters sampling) {
    static final int LONGEST_NAME = 256;

    /** Answers to one request at most, over all of its prompts. */
    static final int MOST_CHOICES = 128;

    private static final int MOST_STOPS = 16;
    private static final int LONGEST_STOP = 256;
    private static final int MOST_BIASES = 1024;

    static Options read(Fields fields) {
        boolean stream = fields.flag("stream");
        return new Options(
                fields.text("model", LONGEST_NAME),
                fields.integer("n", 1, MOST_CHOICES).orElse(1L).intValue(),
                stream,
                includeUsage(fields, stream),
                stops(fields),
                sampling(fields));
    }

    private static boolean includeUsage(Fields fields, boolean stream) {
        JsonNode options = fields.get("stream_options");
        if (options == null) {
            return false;
        }
        if (!stream) {
            throw fields.invalid("stream_options", "is only of use with stream");
        }
        Fields inner = new Fields(options, "stream_options.");
        return inner.flag("include_usage");
    }

    private static List<String> stops(Fields fields) {
        JsonNode value = fields.get("stop");
        List<String> stops = new ArrayList<>();
        if (value == null) {
            return stops;
        }
        List<JsonNode> given = value.isArray() ? value.valueStream().toList() : List.of(value);
        for (JsonNode stop : given) {
            if (!stop.isString()
                    || stop.asString().isEmpty()
                    || stop.asString().length() > LONGEST_STOP
                    || given.size() > MOST_STOPS) {
                throw fields.invalid(
                        "stop",
                        "must be a string or at most %d strings, each of 1 to %d characters"
                                .formatted(MOST_STOPS, LONGEST_STOP));
            }
            stops.add(stop.asString());
        }
        return stops;
    }

    private static SamplingParameters sampling(Fields fields) {
        return new SamplingParameters(
                fields.number("temperature", 0, 2, 1),
                fields.integer("top_k", -1, 1_000_000).orElse(0L) <= 0
                        ? 0
                        : fields.integer("top_k", -1, 1_000_000).orElse(0L).intValue(),
                positive(fields, "top_p", 1, 1),
                fields.number("min_p", 0, 1, 0),
                positive(fields, "repetition_penalty", 10, 1),
                fields.number("presence_penalty", -2, 2, 0),
                fields.number("frequency_penalty", -2, 2, 0),
                biases(fields),
                fields.integer("seed", Long.MIN_VALUE, Long.MAX_VALUE)
                        .map(OptionalLong::of)
                        .orElse(OptionalLong.empty()));
    }

    private static double positive(Fields fields, String name, double most, double otherwise) {
        double value = fields.number(name, 0, most, otherwise);
        if (value == 0) {
            throw fields.invalid(name, "must be above 0");
        }
        return value;
    }

    private static Map<Integer, Float> biases(Fields fields) {
        JsonNode value = fields.get("logit_bias");
        Map<Integer, Float> biases = new HashMap<>();
        if (value == null) {
            return biases;
        }
        Fields inner = new Fields(value, "logit_bias.");
        if (value.size() > MOST_BIASES) {
            throw fields.invalid("logit_bias", "must name at most %d tokens".formatted(MOST_BIASES));
        }
        for (String token : value.propertyNames()) {
            biases.put(tokenId(fields, token), (float) inner.number(token, -100, 100, 0));
        }
        return biases;
    }

    private static int tokenId(Fields fields, String token) {
        try {
            int id = Integer.parseInt(token);
            if (id >= 0) {
                return id;
            }
        } catch (NumberFormatException e) {
            // Answered below, as a negative number is.
        }
        throw fields.invalid("logit_bias", "must have token ids as names");
    }

    /** Whether the model is asked for by its name, or by name and version. */
    static boolean names(String asked, String name, int version) {
        return asked.equals(name) || asked.equals(name + "@" + version);
    }

    /** The number of tokens to generate: what is asked for, else what there is room for, up to {@code usual}. */
    static int maxTokens(@Nullable Long asked, int promptTokens, int contextTokens, int usual) {
        if (asked != null) {
            return (int) Math.min(asked, Integer.MAX_VALUE - promptTokens);
        }
        int room = contextTokens - promptTokens;
        if (room < 1) {
            throw new RequestException(
                    RequestCode.CONTEXT_LENGTH_EXCEEDED,
                    "the prompt has %d tokens, but the context holds %d; shorten it"
                            .formatted(promptTokens, contextTokens));
        }
        return Math.min(room, usual);
    }
}
