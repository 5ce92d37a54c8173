package io.bitstack.compression.encode;

import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a stack says of where it comes from. */
final class Lineages {
    private Lineages() {}

    static StackManifest.Lineage of(CompressionRequest request, CodecParameters parameters, String tool)
            throws IOException {
        Map<String, String> all = new TreeMap<>(parameters.values());
        all.put("contextTokens", Integer.toString(request.contextTokens()));
        all.put("order", request.order().lowerCaseName());
        return new StackManifest.Lineage(
                SourceFiles.digest(request.modelDirectory()),
                digest(request.calibrationText()),
                digest(request.evaluationText()),
                tool,
                all);
    }

    /** How many tokens it was calibrated with stays with the stack, as its seed does. */
    static StackManifest.Lineage withTokens(StackManifest.Lineage lineage, List<int[]> windows) {
        Map<String, String> all = new TreeMap<>(lineage.parameters());
        all.put(
                "calibrationTokens",
                Long.toString(
                        windows.stream().mapToLong(window -> window.length).sum()));
        return new StackManifest.Lineage(
                lineage.source(), lineage.calibration(), lineage.evaluation(), lineage.tool(), all);
    }

    private static @Nullable Digest digest(@Nullable String text) {
        return text == null ? null : Digest.of(text.getBytes(StandardCharsets.UTF_8));
    }
}
