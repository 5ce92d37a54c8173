package io.bitstack.gateway.node;

import java.util.OptionalInt;

/** The model that a request is for: any version that is served, or a certain one. */
record WantedModel(String name, OptionalInt version) {
    boolean isHeldBy(NodeView node) {
        return name.equals(node.model()) && (version.isEmpty() || version.getAsInt() == node.version());
    }

    @Override
    public String toString() {
        return version.isEmpty() ? name : name + "@" + version.getAsInt();
    }
}
