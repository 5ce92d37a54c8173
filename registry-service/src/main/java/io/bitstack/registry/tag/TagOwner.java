package io.bitstack.registry.tag;

/** What can have tags. */
public enum TagOwner {
    MODEL("registry.model_tags", "model_id"),
    VERSION("registry.version_tags", "version_id");

    private final String table;
    private final String key;

    TagOwner(String table, String key) {
        this.table = table;
        this.key = key;
    }

    String table() {
        return table;
    }

    /** The column that names the owner. */
    String key() {
        return key;
    }
}
