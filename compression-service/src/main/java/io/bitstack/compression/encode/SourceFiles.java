package io.bitstack.compression.encode;

import io.bitstack.core.model.ModelSource;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The files of a model directory (or what a GGUF file has instead) that a stack carries along, and the digest that names the directory's content. */
final class SourceFiles {
    /** What a node needs beside the weights; those that are not there are left out. */
    private static final List<String> CARRIED = List.of(
            "config.json",
            "generation_config.json",
            "special_tokens_map.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "chat_template.jinja");

    private SourceFiles() {}

    static List<StackManifest.File> carry(Path directory, BlobStore store) throws IOException {
        List<StackManifest.File> files = new ArrayList<>();
        if (ModelSource.isGguf(directory)) {
            for (Map.Entry<String, byte[]> file : ModelSource.files(directory).entrySet()) {
                Descriptor blob = store.put(ByteBuffer.wrap(file.getValue()));
                files.add(new StackManifest.File(file.getKey(), blob.digest(), blob.sizeBytes()));
            }
            return files;
        }
        for (String name : CARRIED) {
            Path file = directory.resolve(name);
            if (Files.isRegularFile(file)) {
                Descriptor blob = store.put(ByteBuffer.wrap(Files.readAllBytes(file)));
                files.add(new StackManifest.File(name, blob.digest(), blob.sizeBytes()));
            }
        }
        return files;
    }

    /** sha-256 over name, length and bytes of config.json and every safetensors file, by name; of a GGUF file over its bytes, or those of all its parts. */
    static Digest digest(Path directory) throws IOException {
        MessageDigest digest = Digest.newMessageDigest();
        if (ModelSource.isGguf(directory)) {
            for (Path part : ModelSource.ggufFiles(directory)) {
                update(digest, part);
            }
            return Digest.ofHash(digest.digest());
        }
        List<Path> files;
        try (Stream<Path> all = Files.list(directory)) {
            files = all.filter(file -> file.getFileName().toString().endsWith(".safetensors")
                            || file.getFileName().toString().equals("config.json"))
                    .sorted()
                    .toList();
        }
        for (Path file : files) {
            String head = file.getFileName() + "\0" + Files.size(file) + "\0";
            digest.update(head.getBytes(StandardCharsets.UTF_8));
            update(digest, file);
        }
        return Digest.ofHash(digest.digest());
    }

    private static void update(MessageDigest digest, Path file) throws IOException {
        byte[] buffer = new byte[1 << 20];
        try (InputStream stream = Files.newInputStream(file)) {
            for (int count = stream.read(buffer); count >= 0; count = stream.read(buffer)) {
                digest.update(buffer, 0, count);
            }
        }
    }
}
