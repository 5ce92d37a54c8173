package io.bitstack.core.safetensors;

import static io.bitstack.core.safetensors.SafetensorsError.*;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads {@code model.safetensors.index.json}: which shard holds which tensor. */
final class ShardIndex {
    private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,200}");
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private ShardIndex() {}

    /** Tensor name to file name; file names are plain names in the same directory. */
    static Map<String, String> read(Path file) {
        JsonNode map;
        try {
            if (Files.size(file) > Safetensors.MAX_HEADER_BYTES) {
                throw invalid(file, "it is larger than %d bytes".formatted(Safetensors.MAX_HEADER_BYTES));
            }
            map = JSON.readTree(Files.readAllBytes(file)).path("weight_map");
        } catch (IOException e) {
            throw new SafetensorsException(UNREADABLE, file + " cannot be read: " + e.getMessage(), e);
        } catch (JacksonException e) {
            throw new SafetensorsException(
                    INDEX_INVALID, file.getFileName() + " is not valid JSON: " + e.getOriginalMessage(), e);
        }
        if (!map.isObject() || map.isEmpty()) {
            throw invalid(file, "it has no weight_map");
        }
        if (map.size() > HeaderParser.MAX_TENSORS) {
            throw new SafetensorsException(
                    TOO_MANY_TENSORS,
                    "%s lists more than %d tensors".formatted(file.getFileName(), HeaderParser.MAX_TENSORS));
        }
        Map<String, String> shards = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : map.properties()) {
            if (!entry.getValue().isString()) {
                throw invalid(file, "the shard of '" + entry.getKey() + "' is not a string");
            }
            String shard = entry.getValue().asString();
            if (!PLAIN_NAME.matcher(shard).matches()) {
                throw new SafetensorsException(
                        UNSAFE_PATH,
                        "%s names the shard '%s'; a shard must be a plain file name in the same directory"
                                .formatted(file.getFileName(), HeaderParser.printable(shard)));
            }
            shards.put(entry.getKey(), shard);
        }
        return shards;
    }

    private static SafetensorsException invalid(Path file, String what) {
        return new SafetensorsException(INDEX_INVALID, file.getFileName() + " is not valid: " + what);
    }
}
