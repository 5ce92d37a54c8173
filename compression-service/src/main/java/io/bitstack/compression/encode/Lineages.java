package io.bitstack.compression.encode;

import io.bitstack.compression.source.BuiltInText;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a stack says of where it came from: digests of what went in, and every parameter, those left to their defaults too. */
final class Lineages {
    private static final String TOOL = "bitstack 0.1";
    private static final String BUILT_IN = "built-in";
    private static final String GIVEN = "given";
    private static final String OWN = "own";

    private Lineages() {}

    static StackManifest.Lineage of(CompressionRequest request, CodecParameters parameters) throws IOException {
        Map<String, String> all = new TreeMap<>(parameters.values());
        all.putAll(request.origin());
        all.put("contextTokens", Integer.toString(request.contextTokens()));
        all.put("order", request.order().lowerCaseName());
        all.put("calibrationText", calibration(request.calibrationText()));
        all.put("evaluationText", request.evaluation().equals(BuiltInText.heldOut()) ? BUILT_IN : GIVEN);
        return new StackManifest.Lineage(
                SourceFiles.digest(request.model()),
                request.calibrationText() == null ? null : digest(request.calibrationText()),
                digest(request.evaluation()),
                TOOL,
                all);
    }

    private static String calibration(@Nullable String text) {
        return text == null ? OWN : text.equals(BuiltInText.calibration()) ? BUILT_IN : GIVEN;
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

    private static Digest digest(String text) {
        return Digest.of(text.getBytes(StandardCharsets.UTF_8));
    }
}
