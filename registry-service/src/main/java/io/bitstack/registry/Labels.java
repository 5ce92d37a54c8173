package io.bitstack.registry;

import io.bitstack.registry.error.ErrorCode;
import io.bitstack.service.ApiException;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** What labels of nodes look like, and how a selector chooses by them. */
public final class Labels {
    private static final int MOST = 64;
    private static final int LONGEST_VALUE = 200;
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,62}");
    private static final TypeReference<TreeMap<String, String>> MAP = new TypeReference<>() {};

    private Labels() {}

    /** The labels in the order of their names; none for null. @throws ApiException {@code LABEL_INVALID} */
    public static Map<String, String> require(@Nullable Map<String, String> labels) {
        if (labels == null) {
            return Map.of();
        }
        if (labels.size() > MOST) {
            throw new ApiException(ErrorCode.LABEL_INVALID, "there may be %d labels at most".formatted(MOST));
        }
        labels.forEach((key, value) -> {
            if (!KEY.matcher(key).matches() || value == null || value.length() > LONGEST_VALUE) {
                throw new ApiException(
                        ErrorCode.LABEL_INVALID,
                        "a label's name is 1 to 63 letters, digits, dots, dashes, slashes and underscores, its value at most %d characters"
                                .formatted(LONGEST_VALUE));
            }
        });
        return new TreeMap<>(labels);
    }

    /** Whether all labels of a selector are among these. */
    public static boolean match(Map<String, String> selector, Map<String, String> labels) {
        return selector.entrySet().stream().allMatch(wanted -> wanted.getValue().equals(labels.get(wanted.getKey())));
    }

    /** Labels of two sources; where both have one, the second counts. */
    public static Map<String, String> merged(Map<String, String> first, Map<String, String> second) {
        Map<String, String> all = new TreeMap<>(first);
        all.putAll(second);
        return all;
    }

    /** Labels as a column has them. */
    public static Map<String, String> read(String json) {
        return JsonMapper.shared().readValue(json, MAP);
    }

    /** Labels for a column. */
    public static String write(Map<String, String> labels) {
        return JsonMapper.shared().writeValueAsString(labels);
    }
}
