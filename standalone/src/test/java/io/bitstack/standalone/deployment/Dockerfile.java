package io.bitstack.standalone.deployment;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The instructions of the repository's Dockerfile; those of its last stage make the image. */
record Dockerfile(List<Instruction> all, List<Instruction> last) {

    /** @param arguments without options, which begin with two dashes */
    record Instruction(String name, Map<String, String> options, List<String> arguments, String text) {}

    static Dockerfile read() throws IOException {
        String text =
                Source.text("Dockerfile").replaceAll("(?m)^\\s*#.*\\n", "").replaceAll("\\\\\\n\\s*", "");
        List<Instruction> all = new ArrayList<>();
        for (String line : text.lines().filter(line -> !line.isBlank()).toList()) {
            String name = line.substring(0, line.indexOf(' '));
            Map<String, String> options = new TreeMap<>();
            List<String> arguments = new ArrayList<>();
            for (String word : line.substring(name.length()).strip().split("\\s+")) {
                if (word.startsWith("--") && arguments.isEmpty()) {
                    int equals = word.indexOf('=');
                    options.put(word.substring(2, equals), word.substring(equals + 1));
                } else {
                    arguments.add(word);
                }
            }
            all.add(new Instruction(name, options, arguments, line));
        }
        int from = 0;
        for (int i = 0; i < all.size(); i++) {
            from = all.get(i).name().equals("FROM") ? i : from;
        }
        return new Dockerfile(List.copyOf(all), List.copyOf(all.subList(from, all.size())));
    }

    List<Instruction> last(String name) {
        return last.stream()
                .filter(instruction -> instruction.name().equals(name))
                .toList();
    }

    /** The words of an instruction in exec form, ENTRYPOINT or HEALTHCHECK. */
    List<String> command(String name) {
        String text = last(name).getFirst().text();
        return Source.strings(Source.JSON.readTree(text.substring(text.indexOf('['))));
    }

    /** The variables that the image sets. */
    Map<String, String> environment() {
        Map<String, String> environment = new TreeMap<>();
        for (Instruction instruction : last("ENV")) {
            for (String pair : instruction.arguments()) {
                environment.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
            }
        }
        return environment;
    }

    /** The words of the command that makes the image's Java runtime; it writes to {@code /jre}. */
    List<String> runtimeCommand() {
        String text = all.stream()
                .map(Instruction::text)
                .filter(line -> line.startsWith("RUN jlink "))
                .findFirst()
                .orElseThrow();
        return List.of(text.substring("RUN ".length()).strip().split("\\s+"));
    }

    /** Whether a file in the image comes from a file of the same name in {@code docker/}. */
    boolean brings(String path) {
        return last("COPY").stream()
                .filter(copy -> !copy.options().containsKey("from"))
                .anyMatch(copy -> {
                    String target = copy.arguments().getLast();
                    return copy.arguments().subList(0, copy.arguments().size() - 1).stream()
                            .anyMatch(source -> path.equals(target + source.substring(source.lastIndexOf('/') + 1)));
                });
    }
}
