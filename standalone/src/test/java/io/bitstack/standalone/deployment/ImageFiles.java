package io.bitstack.standalone.deployment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What the Dockerfile's last stage puts into an image, in a directory: {@code docker/assemble.sh} and the COPY lines, run for real. */
record ImageFiles(Path root) {
    private static final String RUNTIME = "/opt/java";

    /** Makes the image's Java runtime with the Dockerfile's own command. */
    static Path runtime(Dockerfile dockerfile, Path directory) throws Exception {
        Path runtime = directory.resolve("jre");
        Path tool = Path.of(System.getProperty("java.home"), "bin", "jlink");
        List<String> command = dockerfile.runtimeCommand().stream()
                .map(word -> word.equals("jlink") ? tool.toString() : word.equals("/jre") ? runtime.toString() : word)
                .toList();
        run(new ProcessBuilder(command), directory.resolve("jlink.log"));
        return runtime;
    }

    /** Where the Dockerfile puts the runtime. */
    static String runtimeInImage(Dockerfile dockerfile) {
        return dockerfile.last("COPY").stream()
                .filter(copy -> "jre".equals(copy.options().get("from")))
                .map(copy -> copy.arguments().getLast())
                .filter(RUNTIME::equals)
                .findFirst()
                .orElseThrow();
    }

    static ImageFiles build(Dockerfile dockerfile, String service, Path directory) throws Exception {
        Path build = Files.createDirectories(directory.resolve("build"));
        Path root = Files.createDirectories(directory.resolve("root"));
        assemble(service, build.resolve("out").resolve(service), directory.resolve("assemble.log"));
        for (Dockerfile.Instruction copy : dockerfile.last("COPY")) {
            String from = copy.options().getOrDefault("from", "");
            if (from.equals("jre")) {
                continue; // one for all images: see runtime()
            }
            Path target = root.resolve(copy.arguments().getLast().substring(1));
            for (String source : copy.arguments().subList(0, copy.arguments().size() - 1)) {
                if (from.isEmpty()) {
                    Files.createDirectories(target);
                    Path file = Source.file(source);
                    Files.copy(file, target.resolve(file.getFileName()));
                } else {
                    moveAll(build.resolve(source.replace("${SERVICE}", service).substring(1)), target);
                }
            }
        }
        return new ImageFiles(root);
    }

    private static void assemble(String service, Path out, Path log) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                        Source.file("docker/assemble.sh").toString(), service, out.toString())
                .directory(Source.repository().toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        run(builder, log);
    }

    private static void run(ProcessBuilder builder, Path log) throws IOException, InterruptedException {
        Process process =
                builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
        if (process.waitFor() != 0) {
            throw new IOException("%s failed: %s".formatted(builder.command(), Files.readString(log)));
        }
    }

    /** Every file with its size and the time it was changed, to see that nobody writes into an image. */
    Map<String, String> contents() throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> found = Files.walk(root)) {
            for (Path path : found.toList()) {
                contents.put(
                        root.relativize(path).toString(),
                        Files.isDirectory(path)
                                ? "directory"
                                : Files.size(path) + " " + Files.getLastModifiedTime(path));
            }
        }
        return contents;
    }

    /** Moves the files below one directory into another, keeping what is there. */
    private static void moveAll(Path source, Path target) throws IOException {
        List<Path> files;
        try (Stream<Path> found = Files.walk(source)) {
            files = found.filter(Files::isRegularFile).toList();
        }
        for (Path file : files) {
            Path to = target.resolve(source.relativize(file).toString());
            Files.createDirectories(to.getParent());
            Files.move(file, to);
        }
    }

    /** A path inside the image as one of this machine. */
    Path at(String path) {
        return root.resolve(path.substring(1));
    }
}
