package io.bitstack.core.gguf;

import static io.bitstack.core.gguf.GgufError.*;

import io.bitstack.core.source.ModelFile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * One file, whose header was read, and whose tensors tile its data with no more than padding between them.
 */
record GgufPart(ModelFile file, GgufMetadata metadata, Map<String, GgufTensor> tensors) {
    static final String COUNT = "split.count";
    static final String NUMBER = "split.no";
    static final String ALL_TENSORS = "split.tensors.count";

    static GgufPart read(ModelFile file) {
        GgufHeader header = new GgufHeader(file).read();
        checkTiling(file.sizeBytes(), header, file.name());
        return new GgufPart(file, header.metadata(), header.tensors());
    }

    /** What to call it in messages. */
    String source() {
        return file.name();
    }

    /** Of how many files this is one; 1 if it is all. */
    int parts() {
        return (int) Math.max(1, metadata.whole(COUNT, 0, 65_535).orElse(1));
    }

    private static void checkTiling(long sizeBytes, GgufHeader header, String source) {
        List<GgufTensor> byOffset = new ArrayList<>(header.tensors().values());
        byOffset.sort(Comparator.comparingLong(GgufTensor::offsetBytes));
        String before = "the header";
        long end = header.dataStart();
        for (GgufTensor tensor : byOffset) {
            if (tensor.offsetBytes() < end) {
                throw new GgufException(
                        OVERLAP, "%s: tensor '%s' overlaps '%s'".formatted(source, tensor.name(), before));
            }
            if (tensor.offsetBytes() > header.aligned(end)) {
                throw new GgufException(
                        GAP,
                        "%s: %d bytes between '%s' and tensor '%s' belong to no tensor"
                                .formatted(source, tensor.offsetBytes() - end, before, tensor.name()));
            }
            end = tensor.offsetBytes() + tensor.sizeBytes();
            before = tensor.name();
        }
        if (end > sizeBytes && !byOffset.isEmpty()) {
            throw new GgufException(
                    TRUNCATED,
                    "%s ends at byte %d, but tensor '%s' ends at byte %d: the file is cut off"
                            .formatted(source, sizeBytes, before, end));
        }
    }
}
