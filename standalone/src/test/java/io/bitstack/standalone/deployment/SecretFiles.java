package io.bitstack.standalone.deployment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Runs {@code scripts/make-secrets}. */
final class SecretFiles {
    /** @param output of the script, both streams */
    record Result(int exitCode, String output) {}

    private SecretFiles() {}

    static Result run(String... arguments) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of(Source.file("scripts/make-secrets").toString()));
        command.addAll(List.of(arguments));
        Path errors = Files.createTempFile("make-secrets", ".log");
        try {
            Process process =
                    new ProcessBuilder(command).redirectError(errors.toFile()).start();
            String output =
                    new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            int exitCode = process.waitFor();
            return new Result(exitCode, exitCode == 0 ? output : output + Files.readString(errors));
        } finally {
            Files.delete(errors);
        }
    }

    /** Makes all secrets. @return the secrets by name */
    static Map<String, String> make(Path directory) throws IOException, InterruptedException {
        Result result = run(directory.toString());
        if (result.exitCode() != 0) {
            throw new IOException(result.output());
        }
        return read(directory);
    }

    static Map<String, String> read(Path directory) throws IOException {
        Map<String, String> secrets = new TreeMap<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                secrets.put(file.getFileName().toString(), Files.readString(file));
            }
        }
        return secrets;
    }
}
