package io.bitstack.core.safetensors;

import io.bitstack.core.source.ModelFile;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** Tells by content, never by name, what a file that is no safetensors file is. */
final class ContentSniffer {
    private static final String GGUF = "a GGUF file";

    private ContentSniffer() {}

    /** @throws SafetensorsException {@code NOT_SAFETENSORS} if the content starts like something known */
    static void refuseForeign(ModelFile file) {
        String kind = kind(file);
        if (!kind.isEmpty()) {
            String advice = kind.equals(GGUF)
                    ? "Give the path of the GGUF file itself"
                    : "Convert the checkpoint to safetensors first";
            throw new SafetensorsException(
                    SafetensorsError.NOT_SAFETENSORS,
                    "%s is %s, not a safetensors file; nothing in it was read. %s"
                            .formatted(file.name(), kind, advice));
        }
    }

    private static String kind(ModelFile file) {
        byte[] head = file.range(0, Math.min(16, file.sizeBytes())).toArray(ValueLayout.JAVA_BYTE);
        String text = new String(head, StandardCharsets.ISO_8859_1);
        if (text.startsWith("PK\3\4") || text.startsWith("PK\5\6")) {
            return "a zip archive (perhaps a PyTorch checkpoint)";
        }
        if (head.length >= 2 && head[0] == (byte) 0x80 && head[1] >= 2 && head[1] <= 5) {
            return "a Python pickle, which can run code when it is loaded";
        }
        if (text.startsWith("\u001f\u008b")) {
            return "a gzip archive";
        }
        if (text.startsWith("GGUF")) {
            return GGUF;
        }
        if (text.startsWith("\u0089HDF")) {
            return "an HDF5 file";
        }
        if (text.startsWith("version https")) {
            return "a Git LFS pointer (the real file was not fetched)";
        }
        return "";
    }
}
