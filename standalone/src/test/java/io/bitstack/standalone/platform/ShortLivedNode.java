package io.bitstack.standalone.platform;

import io.bitstack.core.stack.SharedClasses;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Options for the JVMs of nodes that live for seconds or minutes, and serve a tiny model: most of what they cost is their start. */
public final class ShortLivedNode {
    private ShortLivedNode() {}

    /** Their code is compiled in haste, and they share the classes that the first of them has loaded. */
    public static List<String> options() throws IOException {
        List<String> options = new ArrayList<>(SharedClasses.options("node"));
        options.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", SharedClasses.classPath()));
        return List.copyOf(options);
    }
}
