package io.bitstack.core.stack;

import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The manifest's canonical JSON: UTF-8, properties sorted by name, no white space, absent values written as null. The digest of
 * exactly these bytes names the stack.
 */
public final class ManifestJson {
    /** Room for some millions of blocks; anything larger is refused before it is parsed. */
    public static final int LARGEST_BYTES = 512 << 20;

    private static final JsonMapper CANONICAL = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .disable(MapperFeature.SORT_CREATOR_PROPERTIES_FIRST)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private ManifestJson() {}

    public static byte[] write(StackManifest manifest) {
        return CANONICAL.writeValueAsBytes(manifest);
    }

    /** The stack's name. */
    public static Digest digest(StackManifest manifest) {
        return Digest.of(write(manifest));
    }

    /** Reads and checks a manifest. @throws ManifestException if it is malformed or contradicts itself */
    public static StackManifest read(byte[] json) {
        if (json.length > LARGEST_BYTES) {
            throw new ManifestException(
                    "the manifest has %d bytes, more than %d".formatted(json.length, LARGEST_BYTES));
        }
        StackManifest manifest;
        try {
            manifest = CANONICAL.readValue(json, StackManifest.class);
        } catch (JacksonException e) {
            throw new ManifestException("the manifest cannot be read: " + e.getOriginalMessage());
        }
        ManifestCheck.check(manifest);
        return manifest;
    }
}
