package io.bitstack.compression.encode;

import io.bitstack.core.model.ModelSource;
import io.bitstack.core.source.ModelFile;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The files of a model beside its weights that a stack carries along, and the digest that names the model's content. */
final class SourceFiles {
    private static final int PIECE_BYTES = 1 << 20;

    private SourceFiles() {}

    static List<StackManifest.File> carry(ModelSource model, BlobStore store) throws IOException {
        List<StackManifest.File> files = new ArrayList<>();
        for (Map.Entry<String, byte[]> file : model.smallFiles().entrySet()) {
            Descriptor blob = store.put(ByteBuffer.wrap(file.getValue()));
            files.add(new StackManifest.File(file.getKey(), blob.digest(), blob.sizeBytes()));
        }
        return files;
    }

    /** sha-256 over name, length and bytes of config.json and every safetensors file, by name; of a GGUF file over its bytes, or those of all its parts. */
    static Digest digest(ModelSource model) throws IOException {
        MessageDigest digest = Digest.newMessageDigest();
        for (String name : model.contentFiles()) {
            try (ModelFile file = model.openContent(name)) {
                if (!model.isGguf()) {
                    String head = name + "\0" + file.sizeBytes() + "\0";
                    digest.update(head.getBytes(StandardCharsets.UTF_8));
                }
                update(digest, file);
            }
        }
        return Digest.ofHash(digest.digest());
    }

    private static void update(MessageDigest digest, ModelFile file) {
        for (long at = 0; at < file.sizeBytes(); at += PIECE_BYTES) {
            digest.update(
                    file.range(at, Math.min(PIECE_BYTES, file.sizeBytes() - at)).asByteBuffer());
        }
    }
}
