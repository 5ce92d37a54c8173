package io.bitstack.core.safetensors;

import static io.bitstack.core.safetensors.SafetensorsError.*;

import io.bitstack.core.tensor.DType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads a safetensors header token by token, so that duplicate keys, numbers of the wrong kind and too many entries are
 * seen as they come and nothing is built from them.
 */
final class HeaderParser {
    static final int MAX_TENSORS = 100_000;
    private static final int MAX_DIMENSIONS = 8;
    private static final JsonFactory JSON = new JsonFactory();

    private final String source;
    private final long dataOffsetBytes;
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();

    private HeaderParser(String source, long dataOffsetBytes) {
        this.source = source;
        this.dataOffsetBytes = dataOffsetBytes;
    }

    /** The tensors of a header; byte ranges agree with shapes, but are not yet checked against each other. */
    static Map<String, TensorInfo> parse(byte[] header, String source, long dataOffsetBytes) {
        HeaderParser parser = new HeaderParser(source, dataOffsetBytes);
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), header)) {
            parser.header(json);
        } catch (JacksonException e) {
            throw new SafetensorsException(
                    HEADER_INVALID, source + ": the header is not valid JSON: " + e.getOriginalMessage(), e);
        }
        return parser.tensors;
    }

    private void header(JsonParser json) {
        require(json.nextToken() == JsonToken.START_OBJECT, "it is not a JSON object");
        boolean metadataSeen = false;
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = json.currentName();
            if (name.equals("__metadata__")) {
                if (metadataSeen) {
                    throw duplicate(name);
                }
                metadataSeen = true;
                require(json.nextToken() == JsonToken.START_OBJECT, "__metadata__ is not a JSON object");
                json.skipChildren();
                continue;
            }
            if (tensors.size() == MAX_TENSORS) {
                throw new SafetensorsException(
                        TOO_MANY_TENSORS, "%s has more than %d tensors".formatted(source, MAX_TENSORS));
            }
            TensorInfo tensor = tensor(name, json);
            if (tensors.put(name, tensor) != null) {
                throw duplicate(name);
            }
        }
        require(json.nextToken() == null, "something follows its closing brace");
    }

    private TensorInfo tensor(String name, JsonParser json) {
        require(json.nextToken() == JsonToken.START_OBJECT, "the entry of '" + name + "' is not a JSON object");
        @Nullable String dtype = null;
        @Nullable List<Long> shape = null;
        @Nullable List<Long> offsets = null;
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = json.currentName();
            json.nextToken();
            switch (key) {
                case "dtype" -> {
                    if (dtype != null) {
                        throw duplicate(name + "." + key);
                    }
                    require(json.currentToken() == JsonToken.VALUE_STRING, "the dtype of '" + name + "' is no string");
                    dtype = json.getString();
                }
                case "shape" -> {
                    if (shape != null) {
                        throw duplicate(name + "." + key);
                    }
                    shape = numbers(name, key, MAX_DIMENSIONS, json);
                }
                case "data_offsets" -> {
                    if (offsets != null) {
                        throw duplicate(name + "." + key);
                    }
                    offsets = numbers(name, key, 2, json);
                }
                default -> throw invalid("the entry of '" + name + "' has the unknown key '" + key + "'");
            }
        }
        if (dtype == null || shape == null || offsets == null || offsets.size() != 2) {
            throw invalid("the entry of '" + name + "' needs dtype, shape and two data_offsets");
        }
        return checked(name, dtype, shape, offsets.get(0), offsets.get(1));
    }

    private TensorInfo checked(String name, String dtypeName, List<Long> shape, long begin, long end) {
        DType dtype = DType.named(dtypeName)
                .orElseThrow(() -> new SafetensorsException(
                        BAD_DTYPE,
                        "%s: tensor '%s' has element type %s; supported are F32, F16 and BF16"
                                .formatted(source, name, printable(dtypeName))));
        long elements = 1;
        List<Integer> dimensions = new ArrayList<>();
        for (long dimension : shape) {
            if (dimension < 1 || dimension > Integer.MAX_VALUE) {
                throw badShape(name, shape);
            }
            dimensions.add((int) dimension);
            if (Math.multiplyHigh(elements, dimension) != 0 || elements * dimension < 0) {
                throw badShape(name, shape);
            }
            elements *= dimension;
        }
        if (elements > Long.MAX_VALUE / dtype.sizeBytes()) {
            throw badShape(name, shape);
        }
        long sizeBytes = elements * dtype.sizeBytes();
        if (begin > end || end - begin != sizeBytes) {
            throw new SafetensorsException(
                    SIZE_MISMATCH,
                    "%s: tensor '%s' of shape %s and type %s needs %d bytes, but its data_offsets are [%d, %d)"
                            .formatted(source, name, shape, dtype, sizeBytes, begin, end));
        }
        if (end > Long.MAX_VALUE - dataOffsetBytes) {
            throw new SafetensorsException(
                    TRUNCATED, "%s: tensor '%s' ends at byte %d, past any file".formatted(source, name, end));
        }
        return new TensorInfo(name, dtype, dimensions, dataOffsetBytes + begin, sizeBytes, source);
    }

    private List<Long> numbers(String name, String key, int limit, JsonParser json) {
        require(json.currentToken() == JsonToken.START_ARRAY, "the " + key + " of '" + name + "' is no array");
        List<Long> numbers = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            require(
                    json.currentToken() == JsonToken.VALUE_NUMBER_INT && numbers.size() < limit,
                    "the %s of '%s' must be at most %d whole numbers".formatted(key, name, limit));
            long number = json.getLongValue();
            require(number >= 0, "the %s of '%s' has a negative number".formatted(key, name));
            numbers.add(number);
        }
        return numbers;
    }

    private SafetensorsException badShape(String name, List<Long> shape) {
        return new SafetensorsException(
                BAD_SHAPE,
                "%s: tensor '%s' has shape %s; every dimension must be between 1 and 2^31 - 1 and the whole addressable"
                        .formatted(source, name, shape));
    }

    private SafetensorsException duplicate(String key) {
        return new SafetensorsException(
                DUPLICATE_KEY, "%s: the header has the key '%s' twice".formatted(source, printable(key)));
    }

    private SafetensorsException invalid(String what) {
        return new SafetensorsException(HEADER_INVALID, source + ": the header is not valid: " + what);
    }

    private void require(boolean condition, String what) {
        if (!condition) {
            throw invalid(what);
        }
    }

    /** A client's text, cut so that it cannot fill a message. */
    static String printable(String text) {
        return text.length() <= 100 ? text : text.substring(0, 100) + "…";
    }
}
