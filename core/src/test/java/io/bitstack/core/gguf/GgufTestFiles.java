package io.bitstack.core.gguf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** The files that make.py made. */
final class GgufTestFiles {
    private GgufTestFiles() {}

    static Path path(String name) {
        try {
            return Path.of(Objects.requireNonNull(GgufTestFiles.class.getResource("/gguf/" + name), name)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static byte[] bytes(String name) {
        try {
            return Files.readAllBytes(path(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static GgufTensor tensor(GgufFile file, String name) {
        return Objects.requireNonNull(file.tensors().get(name), name);
    }

    static float[] all(GgufFile file, GgufTensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.elements())];
        file.read(tensor, 0, values, 0, values.length);
        return values;
    }
}
