package io.bitstack.standalone.cli;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How large nodes hold a model. */
final class SizingOptions {
    @Option(names = "--budget", paramLabel = "BYTES", description = "memory that each node may use for it")
    @Nullable
    Long budgetBytes;

    @Option(names = "--budget-share", paramLabel = "SHARE", description = "of the memory that each node has")
    @Nullable
    Double budgetShare;

    @Option(
            names = "--floor",
            paramLabel = "BPW",
            description = "nodes that cannot hold so many bits per weight do not take it")
    @Nullable
    Double floorBpw;

    @Option(names = "--ceiling", paramLabel = "BPW", description = "no node holds more bits per weight")
    @Nullable
    Double ceilingBpw;

    boolean isAny() {
        return budgetBytes != null || budgetShare != null || floorBpw != null || ceilingBpw != null;
    }

    Map<String, Object> members() {
        Map<String, Object> members = new HashMap<>();
        members.put("budgetBytes", budgetBytes);
        members.put("budgetShare", budgetShare);
        members.put("floorBpw", floorBpw);
        members.put("ceilingBpw", ceilingBpw);
        return members;
    }
}
