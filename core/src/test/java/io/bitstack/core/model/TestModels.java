package io.bitstack.core.model;

import java.nio.file.Path;
import java.util.Random;

/** Where the models of the tests are. */
final class TestModels {
    private TestModels() {}

    static Path repository() {
        return Path.of(System.getProperty("bitstack.repository", ".."));
    }

    /** The trained model that the repository carries. */
    static Path demo() {
        return repository().resolve("demo/model");
    }

    /** A model of the folder of test data beside the repository, which may be absent. */
    static Path shared(String name) {
        return repository().resolve("../shared/data").resolve(name).normalize();
    }

    static int[] randomTokens(ModelConfig config, int count, long seed) {
        Random random = new Random(seed);
        return random.ints(count, 0, config.vocabularySize()).toArray();
    }
}
