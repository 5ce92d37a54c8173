package io.bitstack.registry;

import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.registry.RegistryFixture.Answer;
import io.bitstack.service.testing.OwnDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** One registry for several test classes, which use models of their own; it ends with the JVM. */
final class SharedRegistry {
    private static @Nullable SharedRegistry instance;

    final RegistryFixture http;
    final TestStacks stacks;
    final Path blobs;

    private SharedRegistry() throws Exception {
        blobs = Files.createTempDirectory("shared-registry").resolve("blobs");
        stacks = TestStacks.in(blobs);
        // It goes with its server.
        http = new RegistryFixture(OwnDatabase.create().url(), () -> {}, "--bitstack.blobs.directory=" + blobs);
        Runtime.getRuntime().addShutdownHook(new Thread(this::close));
    }

    static synchronized SharedRegistry get() throws Exception {
        SharedRegistry made = instance == null ? new SharedRegistry() : instance;
        instance = made;
        return made;
    }

    private void close() {
        try {
            http.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    void register(String model) throws Exception {
        Answer made = http.post("/models", "{\"name\":\"%s\"}".formatted(model));
        if (made.status() != 201) {
            throw new IllegalStateException(made.body().toString());
        }
    }

    Answer publish(String model, StackManifest manifest) throws Exception {
        return publish(model, manifest, "");
    }

    Answer publish(String model, StackManifest manifest, String query) throws Exception {
        return http.post("/models/%s/versions%s".formatted(model, query), ManifestJson.write(manifest));
    }
}
