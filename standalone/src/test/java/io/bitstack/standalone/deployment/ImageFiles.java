package io.bitstack.standalone.deployment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What the Dockerfile's last stage puts into an image, in a directory: {@code docker/assemble.sh} and the COPY lines, run for real. */
record ImageFiles(Path root) {

    static ImageFiles build(Dockerfile dockerfile, String service, Path directory) throws Exception {
        Path build = Files.createDirectories(directory.resolve("build"));
        Path root = Files.createDirectories(directory.resolve("root"));
        assemble(service, build.resolve("out"), directory.resolve("assemble.log"));
        for (Dockerfile.Instruction copy : dockerfile.last("COPY")) {
            String from = copy.options().getOrDefault("from", "");
            if (from.equals("jre")) {
                continue; // the test's own runtime takes its place
            }
            Path target = root.resolve(copy.arguments().getLast().substring(1));
            for (String source : copy.arguments().subList(0, copy.arguments().size() - 1)) {
                if (from.isEmpty()) {
                    Files.createDirectories(target);
                    Path file = Source.file(source);
                    Files.copy(file, target.resolve(file.getFileName()));
                } else {
                    moveAll(build.resolve(source.substring(1)), target);
                }
            }
        }
        return new ImageFiles(root);
    }

    private static void assemble(String service, Path out, Path log) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                        Source.file("docker/assemble.sh").toString(), service, out.toString())
                .directory(Source.repository().toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        if (builder.start().waitFor() != 0) {
            throw new IOException("assemble.sh %s failed: %s".formatted(service, Files.readString(log)));
        }
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
