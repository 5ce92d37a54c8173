package io.bitstack.registry.mlflow;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A tag in MLflow's shape. */
record MlflowTag(@Nullable String key, @Nullable String value) {
    static List<MlflowTag> list(Map<String, String> tags) {
        return tags.entrySet().stream()
                .map(tag -> new MlflowTag(tag.getKey(), tag.getValue()))
                .toList();
    }

    static Map<String, String> map(@Nullable List<MlflowTag> tags) {
        Map<String, String> map = new TreeMap<>();
        if (tags != null) {
            tags.forEach(tag -> map.put(Wanted.text("tag key", tag.key()), tag.value() == null ? "" : tag.value()));
        }
        return map;
    }
}
