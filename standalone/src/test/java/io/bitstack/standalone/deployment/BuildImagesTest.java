package io.bitstack.standalone.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code scripts/build-images} asks the container tool for the images that compose file and manifests name. */
class BuildImagesTest {
    /** Set to docker, podman or buildah where images are to be built for real, which takes minutes and the base images. */
    private static final String TOOL = "bitstack.container-tool";

    private static final List<String> TOOLS = List.of("docker", "podman", "buildah");

    @TempDir
    Path directory;

    private record Result(int exitCode, String output) {}

    private Result run(Map<String, String> environment, String... arguments) throws Exception {
        List<String> command =
                new ArrayList<>(List.of(Source.file("scripts/build-images").toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.endsWith("_IMAGE"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }

    /** What it would run, each command as words. */
    private List<List<String>> commands(Map<String, String> environment, String... arguments) throws Exception {
        List<String> words = new ArrayList<>(List.of(arguments));
        words.addFirst("--print");
        Result result = run(environment, words.toArray(String[]::new));
        assertThat(result.exitCode()).as(result.output()).isZero();
        return result.output()
                .lines()
                .map(line -> List.of(line.substring(1, line.length() - 1).split("' '")))
                .toList();
    }

    private static String after(List<String> command, String option) {
        return command.get(command.indexOf(option) + 1);
    }

    @Test
    void eachToolBuildsTheImagesThatTheComposeFileNames() throws Exception {
        ComposeFile compose = ComposeFile.read();
        Map<String, String> named = new TreeMap<>();
        for (String service : compose.ours()) {
            named.put(
                    compose.module(service),
                    compose.service(service).path("image").asString() + ":latest");
        }
        assertThat(named.keySet()).containsExactlyInAnyOrderElementsOf(ServiceCode.modules());
        for (String tool : TOOLS) {
            Map<String, String> built = new TreeMap<>();
            for (List<String> command : commands(Map.of(), "--tool", tool)) {
                assertThat(command).contains(tool, "build").endsWith(".");
                // The format of the OCI has no health check.
                assertThat(command.contains("--format")
                                && after(command, "--format").equals("docker"))
                        .isEqualTo(!tool.equals("docker"));
                built.put(after(command, "--build-arg").replace("SERVICE=", ""), after(command, "--tag"));
            }
            assertThat(built).as(tool).isEqualTo(named);
        }
    }

    @Test
    void baseImagesAreThoseOfTheDockerfileUnlessOthersAreNamed() throws Exception {
        List<String> bases = Dockerfile.read().all().stream()
                .filter(instruction ->
                        instruction.name().equals("ARG") && instruction.text().contains("="))
                .map(instruction -> instruction.arguments().getFirst().replaceAll("=.*", ""))
                .toList();
        assertThat(bases).containsExactlyInAnyOrder("NODE_IMAGE", "BUILD_IMAGE", "RUNTIME_IMAGE");
        for (String base : bases) {
            assertThat(commands(Map.of(), "--tool", "buildah").getFirst())
                    .noneMatch(word -> word.startsWith(base + "="));
            assertThat(commands(Map.of(base, "mirror.example/base:1"), "--tool", "buildah")
                            .getFirst())
                    .contains(base + "=mirror.example/base:1");
        }
    }

    @Test
    void oneServiceUnderAnotherNameWithFurtherOptions() throws Exception {
        List<List<String>> commands = commands(
                Map.of(),
                "--tool",
                "podman",
                "--repository",
                "registry.example:5000/bits",
                "--tag",
                "0.1.0",
                "gateway",
                "--",
                "--pull=never");
        assertThat(commands).hasSize(1);
        assertThat(after(commands.getFirst(), "--tag")).isEqualTo("registry.example:5000/bits/gateway:0.1.0");
        assertThat(commands.getFirst()).containsSequence("--pull=never", ".");
    }

    @Test
    void whatItDoesNotKnowIsRefusedWithAWord() throws Exception {
        assertRefused("there is no service registry; there are: registry-service", "registry");
        assertRefused("unknown option --push", "--push");
        assertRefused("--tag needs a value", "--tag");
        assertRefused("is no tag", "--tag", "a b");
        assertRefused("is no name", "--repository", "-rm");
        assertRefused("--tool is docker, podman or buildah", "--tool", "make");
    }

    private void assertRefused(String message, String... arguments) throws Exception {
        Result result = run(Map.of(), arguments);
        assertThat(result.exitCode()).as(result.output()).isEqualTo(2);
        assertThat(result.output()).startsWith("build-images: ").contains(message);
    }

    @Test
    void withoutAToolItSaysSo() throws Exception {
        for (String program : List.of("bash", "env", "dirname")) {
            Path found = Stream.of("/usr/bin", "/bin")
                    .map(path -> Path.of(path, program))
                    .filter(Files::exists)
                    .findFirst()
                    .orElseThrow();
            Files.createSymbolicLink(directory.resolve(program), found);
        }
        Map<String, String> path = Map.of("PATH", directory.toString());
        Result any = run(path);
        assertThat(any.exitCode()).isEqualTo(1);
        assertThat(any.output()).contains("neither docker (with its service running), podman nor buildah");
        Result one = run(path, "--tool", "podman");
        assertThat(one.exitCode()).isEqualTo(1);
        assertThat(one.output()).contains("podman does not work here");
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void theImagesAreBuiltAndSayWhatTheDockerfileSays() throws Exception {
        String tool = System.getProperty(TOOL, "");
        assumeTrue(!tool.isEmpty(), "-D" + TOOL + "=podman (or docker, buildah) builds the images for real");
        Dockerfile dockerfile = Dockerfile.read();
        for (String base : List.of("NODE_IMAGE", "BUILD_IMAGE", "RUNTIME_IMAGE")) {
            String image = System.getenv().getOrDefault(base, defaultOf(dockerfile, base));
            assumeTrue(tool(tool, "inspect", image).exitCode() == 0, image + " is not here; pull it first");
        }
        Map<String, String> environment = new TreeMap<>(System.getenv());
        environment.keySet().removeIf(name -> !name.endsWith("_IMAGE"));
        List<String> options = new ArrayList<>(List.of("--tool", tool, "--repository", "bitstack-test"));
        if (!tool.equals("docker")) {
            options.addAll(List.of("--", "--pull=never"));
        }
        Result built = run(environment, options.toArray(String[]::new));
        assertThat(built.exitCode()).as(built.output()).isZero();
        for (String module : ServiceCode.modules()) {
            Result inspected = tool(tool, "inspect", "bitstack-test/" + module + ":latest");
            assertThat(inspected.exitCode()).as(inspected.output()).isZero();
            JsonNode image = Source.JSON.readTree(inspected.output());
            JsonNode config = tool.equals("buildah")
                    ? image.path("Docker").path("config")
                    : image.path(0).path("Config");
            assertThat(config.path("User").asString())
                    .isEqualTo(dockerfile.last("USER").getLast().arguments().getFirst());
            assertThat(Source.strings(config.path("Entrypoint"))).isEqualTo(dockerfile.command("ENTRYPOINT"));
            assertThat(Source.strings(config.path("Env")))
                    .contains("SPRING_CONFIG_IMPORT=" + dockerfile.environment().get("SPRING_CONFIG_IMPORT"));
            assertThat(inspected.output()).contains("/opt/bitstack/health.sh");
        }
    }

    private static String defaultOf(Dockerfile dockerfile, String argument) {
        return dockerfile.all().stream()
                .filter(instruction -> instruction.text().startsWith("ARG " + argument + "="))
                .map(instruction ->
                        instruction.text().substring(instruction.text().indexOf('=') + 1))
                .findFirst()
                .orElseThrow();
    }

    private static Result tool(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }
}
