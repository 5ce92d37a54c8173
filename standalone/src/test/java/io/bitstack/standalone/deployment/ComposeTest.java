package io.bitstack.standalone.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.bitstack.inference.settings.NodeSettings;
import io.bitstack.registry.settings.RegistrySettings;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code docker-compose.yml} names nothing that is not there: variables, ports, files, commands, other services. */
class ComposeTest {
    private static final Pattern ADDRESS = Pattern.compile("//([a-z0-9-]+):(\\d+)");
    private static final Pattern SECRET = Pattern.compile(".*(PASSWORD|TOKEN|SECRET|KEY)");
    /** Ports of other people's images. */
    private static final Map<String, Integer> FOREIGN_PORTS =
            Map.of("postgres", 5432, "s3", 9000, "prometheus", 9090, "grafana", 3000);

    private static final Set<String> TOP_KEYS = Set.of("name", "services", "networks", "volumes", "secrets");
    private static final Set<String> SERVICE_KEYS = Set.of(
            "build",
            "cap_drop",
            "command",
            "depends_on",
            "deploy",
            "environment",
            "healthcheck",
            "image",
            "mem_limit",
            "networks",
            "ports",
            "profiles",
            "read_only",
            "restart",
            "secrets",
            "security_opt",
            "stop_grace_period",
            "tmpfs",
            "volumes");

    private static ComposeFile compose;
    private static Dockerfile dockerfile;

    @BeforeAll
    static void read() throws Exception {
        compose = ComposeFile.read();
        dockerfile = Dockerfile.read();
    }

    @Test
    void itHasNoKeyThatComposeDoesNotKnow() {
        assertThat(compose.root().propertyNames()).allMatch(key -> key.startsWith("x-") || TOP_KEYS.contains(key));
        for (String name : compose.serviceNames()) {
            assertThat(SERVICE_KEYS).as(name).containsAll(compose.service(name).propertyNames());
        }
    }

    @Test
    void theExampleOfTheEnvironmentShowsEveryVariableWithItsDefault() throws Exception {
        Map<String, String> shown = new TreeMap<>();
        Matcher lines = Pattern.compile("(?m)^#?([A-Z0-9_]+)=(.*)$").matcher(Source.text(".env.example"));
        while (lines.find()) {
            shown.put(lines.group(1), lines.group(2));
        }
        assertThat(shown).isEqualTo(new TreeMap<>(compose.defaults()));
    }

    @Test
    void theServicesTakeEveryVariableAndItsValue(@TempDir Path directory) throws Exception {
        Map<String, String> made = SecretFiles.make(directory.resolve("secrets"));
        assertThat(compose.ours()).hasSizeGreaterThanOrEqualTo(5);
        for (String name : compose.ours()) {
            ServiceCode code = ServiceCode.of(compose.module(name));
            Map<String, String> environment = new HashMap<>(dockerfile.environment());
            environment.keySet().removeAll(Set.of("PATH", "LANG"));
            environment.putAll(compose.environment(name));
            assertThat(environment.keySet()).as(name).allMatch(code::knows);
            Map<String, String> secrets = new TreeMap<>();
            compose.secrets(name).forEach((file, secret) -> secrets.put(file, made.get(secret)));
            assertThat(secrets.keySet()).as(name).allMatch(code::knows);
            assertThatCode(() -> code.bind(environment, secrets)).as(name).doesNotThrowAnyException();
            assertThat(code.knows("BITSTACK_NODE_NAMES"))
                    .as("a variable that nobody reads")
                    .isFalse();
            if (code.module().equals("inference-service")) {
                NodeSettings node =
                        (NodeSettings) code.bind(environment, secrets).get("bitstack.node");
                assertThat(node.name()).isEqualTo(name);
                assertThat(node.joinToken()).isEqualTo(made.get("BITSTACK_NODE_JOIN_TOKEN"));
                assertThat(node.apiKey()).isEmpty();
                assertThat(node.budgetBytes()).as("the memory limit says it").isZero();
                assertThat(node.budgetShare()).as("all of the memory limit").isEqualTo(1);
                assertThat(compose.service(name).path("volumes").path(0).asString())
                        .as("its key survives")
                        .isEqualTo(name + ":/var/lib/bitstack");
                assertThat(node.cacheDirectory().toString()).startsWith("/var/lib/bitstack/");
            }
            if (code.module().equals("registry-service")) {
                RegistrySettings registry =
                        (RegistrySettings) code.bind(environment, secrets).get("bitstack");
                assertThat(registry.registry().bootstrapJoinToken()).isEqualTo(made.get("BITSTACK_NODE_JOIN_TOKEN"));
            }
        }
    }

    @Test
    void pathsAreOnVolumes() {
        int paths = 0;
        for (String name : compose.ours()) {
            List<String> mounts = Source.strings(compose.service(name).path("volumes")).stream()
                    .map(volume -> volume.startsWith("/") ? volume : volume.split(":")[1])
                    .toList();
            for (Map.Entry<String, String> variable : compose.environment(name).entrySet()) {
                String value = variable.getValue();
                if (value.startsWith("/")) {
                    paths++;
                    assertThat(mounts)
                            .as("%s: %s", name, variable)
                            .anyMatch(mount -> (value + "/").startsWith(mount + "/"));
                }
            }
        }
        assertThat(paths).isEqualTo(5);
    }

    @Test
    void secretsAreFilesThatTheScriptMakes(@TempDir Path directory) throws Exception {
        Set<String> made = SecretFiles.make(directory.resolve("secrets")).keySet();
        JsonNode declared = compose.root().path("secrets");
        assertThat(new HashSet<>(declared.propertyNames())).isEqualTo(made);
        Set<String> used = new HashSet<>();
        for (String name : compose.serviceNames()) {
            used.addAll(compose.secrets(name).values());
            assertThat(compose.environment(name).keySet())
                    .as(name)
                    .noneMatch(variable -> SECRET.matcher(variable).matches());
            for (Map.Entry<String, String> variable : compose.environment(name).entrySet()) {
                if (variable.getKey().endsWith("_FILE")) {
                    assertThat(variable.getValue()).startsWith("/run/secrets/");
                    assertThat(compose.secrets(name))
                            .as(name)
                            .containsKey(variable.getValue().substring("/run/secrets/".length()));
                }
            }
        }
        assertThat(used).isEqualTo(made);
        for (String secret : made) {
            assertThat(declared.path(secret).path("file").asString()).isEqualTo("./secrets/" + secret);
        }
        assertThat(Source.text(".gitignore").lines()).contains("/secrets/");
        assertThat(Source.text(".dockerignore").lines()).contains("secrets", ".env");
    }

    @Test
    void addressesAreThoseOfServicesOnTheirPorts() throws Exception {
        int addresses = 0;
        for (String name : compose.serviceNames()) {
            for (String value : compose.environment(name).values()) {
                Matcher matcher = ADDRESS.matcher(value);
                while (matcher.find()) {
                    addresses++;
                    assertThat(compose.serviceNames()).as(name).contains(matcher.group(1));
                    assertThat(Integer.parseInt(matcher.group(2))).as(value).isEqualTo(port(matcher.group(1)));
                }
            }
            for (String published : Source.strings(compose.service(name).path("ports"))) {
                assertThat(published).startsWith("127.0.0.1:").endsWith(":" + port(name));
            }
        }
        assertThat(addresses).isGreaterThanOrEqualTo(8);
        assertThat(compose.serviceNames())
                .filteredOn(name -> compose.service(name).has("ports"))
                .containsExactly("gateway", "grafana");
    }

    private static int port(String name) throws Exception {
        String module = compose.module(name);
        return module.isEmpty()
                ? FOREIGN_PORTS.get(name)
                : ServiceCode.of(module).port();
    }

    @Test
    void healthChecksRunWhatTheImageHolds() throws Exception {
        for (String name : compose.serviceNames()) {
            List<String> test =
                    Source.strings(compose.service(name).path("healthcheck").path("test"));
            assertThat(test).as(name).hasSizeGreaterThan(1).startsWith("CMD");
            if (!compose.module(name).isEmpty()) {
                assertThat(dockerfile.brings(test.get(1))).as(test.get(1)).isTrue();
                assertThat(test.get(2)).isIn("liveness", "readiness");
                assertThat(ServiceCode.of(compose.module(name)).hasProbes())
                        .as(name)
                        .isTrue();
            }
        }
    }

    @Test
    void imagesAreThoseOfTheModules() {
        for (String name : compose.ours()) {
            assertThat(ServiceCode.modules()).contains(compose.module(name));
            assertThat(compose.service(name).path("image").asString()).isEqualTo("bitstack/" + compose.module(name));
            assertThat(compose.service(name).path("build").path("context").asString())
                    .isEqualTo(".");
        }
        assertThat(compose.ours().stream().map(compose::module)).containsAll(ServiceCode.modules());
    }

    @Test
    void whatIsMountedNamedOrAwaitedIsThere() {
        JsonNode root = compose.root();
        for (String name : compose.serviceNames()) {
            JsonNode service = compose.service(name);
            for (String volume : Source.strings(service.path("volumes"))) {
                String source = volume.split(":")[0];
                if (source.startsWith("./")) {
                    assertThat(Source.file(source)).exists();
                } else if (!source.startsWith("/")) {
                    assertThat(root.path("volumes").has(source)).as(volume).isTrue();
                }
            }
            for (String network : Source.strings(service.path("networks"))) {
                assertThat(root.path("networks").has(network)).as(network).isTrue();
            }
            service.path("depends_on").properties().forEach(awaited -> {
                assertThat(compose.serviceNames()).contains(awaited.getKey());
                assertThat(awaited.getValue().path("condition").asString()).isEqualTo("service_healthy");
            });
        }
    }

    @Test
    void itIsWhatItIsSaidToBe() {
        assertThat(compose.service("compression")
                        .path("deploy")
                        .path("replicas")
                        .asInt())
                .isEqualTo(2);
        List<String> nodes = compose.ours().stream()
                .filter(name -> compose.module(name).equals("inference-service"))
                .toList();
        assertThat(nodes).hasSize(2);
        assertThat(nodes.stream()
                        .map(name -> compose.service(name).path("mem_limit").asString())
                        .distinct())
                .hasSize(2);
        assertThat(compose.serviceNames())
                .filteredOn(name -> compose.service(name).has("profiles"))
                .containsExactly("prometheus", "grafana");
        assertThat(compose.defaults()).containsKeys("BITSTACK_S3_IMAGE", "BITSTACK_POSTGRES_IMAGE");
    }

    @Test
    void ourContainersMayDoAsLittleAsPossible() {
        for (String name : compose.ours()) {
            JsonNode service = compose.service(name);
            assertThat(service.path("read_only").asBoolean()).as(name).isTrue();
            assertThat(Source.strings(service.path("cap_drop"))).as(name).containsExactly("ALL");
            assertThat(Source.strings(service.path("security_opt"))).as(name).containsExactly("no-new-privileges:true");
            assertThat(service.has("mem_limit")).as(name).isTrue();
        }
    }
}
