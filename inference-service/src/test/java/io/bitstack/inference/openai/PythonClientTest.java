package io.bitstack.inference.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The routes with OpenAI's Python client, where {@code -Dbitstack.python} or the {@code python3} of the path has the package
 * {@code openai}; the script is {@code openai-contract.py} of the test resources.
 */
class PythonClientTest extends OpenAiFixture {
    private static final String PYTHON = System.getProperty("bitstack.python", "python3");

    @Test
    void theStockClientIsContent(@TempDir Path dir) throws Exception {
        assumeTrue(
                hasClient(), "'" + PYTHON + "' with the package openai is not installed; -Dbitstack.python names one");
        Path script = dir.resolve("contract.py");
        try (var in = PythonClientTest.class.getResourceAsStream("/openai-contract.py")) {
            Files.write(script, java.util.Objects.requireNonNull(in).readAllBytes());
        }
        Path output = dir.resolve("output");
        Process process = new ProcessBuilder(PYTHON, script.toString(), url + "/v1")
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(2, TimeUnit.MINUTES))
                    .as("the script ends")
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue())
                .as(Files.readString(output, StandardCharsets.UTF_8))
                .isZero();
    }

    private static boolean hasClient() throws InterruptedException {
        try {
            return new ProcessBuilder(PYTHON, "-c", "import openai")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            // No such program: the test is skipped, and its message says so.
            return false;
        }
    }
}
