package io.bitstack.standalone.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bitstack.inference.settings.NodeSettings;
import io.bitstack.registry.settings.RegistrySettings;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeProjection;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The overlays name nothing that is not there: variables, ports, secrets, claims, accounts, each other. */
class KubernetesTest {
    private static final String IMAGES = "bitstack/";
    private static final Pattern ADDRESS = Pattern.compile("//([a-z0-9.-]+):(\\d+)");

    @TempDir
    static Path directory;

    /** What {@code make-secrets --kubernetes} makes, by name. */
    private static Map<String, Secret> secrets;

    @BeforeAll
    static void makeSecrets() throws Exception {
        SecretFiles.Result result = SecretFiles.run(
                "--kubernetes", "bitstack", directory.resolve("secrets").toString());
        assertThat(result.exitCode()).as(result.output()).isZero();
        secrets = Manifests.parse(result.output()).all(Secret.class).stream()
                .collect(Collectors.toMap(secret -> secret.getMetadata().getName(), secret -> secret));
        assertThat(secrets.values())
                .allMatch(secret -> secret.getMetadata().getNamespace().equals("bitstack"));
    }

    @Test
    void aFieldOrVersionThatTheApiDoesNotHaveIsRefused() {
        String good = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: 1}\n";
        assertThatCode(() -> Manifests.parse(good)).doesNotThrowAnyException();
        assertThatThrownBy(() -> Manifests.parse(good.replace("replicas", "replica")))
                .hasMessageContaining("replica");
        assertThatThrownBy(() -> Manifests.parse(good.replace("name", "nam"))).hasMessageContaining("nam");
        assertThatThrownBy(() -> Manifests.parse(good.replace("v1", "v1beta1"))).hasMessageContaining("v1beta1");
    }

    @ParameterizedTest
    @MethodSource("io.bitstack.standalone.deployment.Manifests#overlays")
    void theServicesTakeEveryVariableAndItsValue(Manifests manifests) throws Exception {
        Set<String> modules = new HashSet<>();
        for (Manifests.Workload workload : manifests.workloads()) {
            Container container = workload.template().getSpec().getContainers().getFirst();
            if (!container.getImage().startsWith(IMAGES)) {
                continue;
            }
            ServiceCode code = ServiceCode.of(
                    container.getImage().substring(IMAGES.length()).replaceAll(":.*", ""));
            modules.add(code.module());
            Map<String, String> environment = environment(manifests, container);
            // The node's own variables only take part in others.
            environment.keySet().removeIf(name -> name.startsWith("POD_"));
            assertThat(environment.keySet()).as(workload.name()).allMatch(code::knows);
            assertAddresses(manifests, environment);
            assertPathsAreMounted(workload, environment);
            Map<String, String> files = secretFiles(workload);
            assertThat(files.keySet()).as(workload.name()).isNotEmpty().allMatch(code::knows);
            assertThatCode(() -> code.bind(environment, files))
                    .as(workload.name())
                    .doesNotThrowAnyException();
            Map<String, Integer> ports = container.getPorts().stream()
                    .collect(Collectors.toMap(ContainerPort::getName, ContainerPort::getContainerPort));
            assertThat(ports).isEqualTo(Map.of("http", code.port(), "management", code.managementPort()));
            assertThat(code.hasProbes()).isTrue();
            if (code.module().equals("inference-service")) {
                NodeSettings node = (NodeSettings) code.bind(environment, files).get("bitstack.node");
                assertThat(node.budgetBytes()).as("the memory limit says it").isZero();
                assertThat(node.budgetShare()).as("all of the memory limit").isEqualTo(1);
                assertThat(node.joinToken()).isEqualTo(joinToken());
                assertThat(container.getResources().getRequests().get("memory"))
                        .as("what the node takes is set aside for it")
                        .isEqualTo(container.getResources().getLimits().get("memory"));
            }
            if (code.module().equals("registry-service")) {
                RegistrySettings registry =
                        (RegistrySettings) code.bind(environment, files).get("bitstack");
                assertThat(registry.registry().bootstrapJoinToken()).isEqualTo(joinToken());
            }
        }
        assertThat(modules).containsExactlyInAnyOrderElementsOf(ServiceCode.modules());
    }

    static Map<String, String> environment(Manifests manifests, Container container) {
        Map<String, String> environment = new HashMap<>();
        for (EnvFromSource from : container.getEnvFrom()) {
            var map = manifests.find(ConfigMap.class, from.getConfigMapRef().getName());
            if (map.isEmpty() && Boolean.TRUE.equals(from.getConfigMapRef().getOptional())) {
                continue;
            }
            environment.putAll(map.orElseThrow().getData());
        }
        for (EnvVar variable : container.getEnv()) {
            String value = variable.getValue() == null ? "value-of-the-pod" : variable.getValue();
            for (Map.Entry<String, String> earlier : Map.copyOf(environment).entrySet()) {
                value = value.replace("$(" + earlier.getKey() + ")", earlier.getValue());
            }
            assertThat(value).as(variable.getName()).doesNotContain("$(");
            environment.put(variable.getName(), value);
        }
        return environment;
    }

    /** An address without dots is that of a Service of these manifests, on its port; of a headless one, also of a pod. */
    private static void assertAddresses(Manifests manifests, Map<String, String> environment) {
        for (String value : environment.values()) {
            Matcher address = ADDRESS.matcher(value);
            while (address.find()) {
                String host = address.group(1);
                if (host.contains("value-of-the-pod") && !host.contains(".")) {
                    continue; // the pod's own address
                }
                String name = host.substring(host.indexOf('.') + 1);
                if (name.contains(".")) {
                    continue; // outside of the cluster
                }
                Service service = manifests.find(Service.class, name).orElseThrow(() -> new AssertionError(value));
                assertThat(service.getSpec().getPorts().stream().map(port -> port.getPort()))
                        .as(value)
                        .contains(Integer.valueOf(address.group(2)));
            }
        }
    }

    /** What a variable names is on a volume; all else cannot be written. */
    private static void assertPathsAreMounted(Manifests.Workload workload, Map<String, String> environment) {
        List<String> mounts = workload.template().getSpec().getContainers().getFirst().getVolumeMounts().stream()
                .map(VolumeMount::getMountPath)
                .toList();
        environment.forEach((name, value) -> {
            if (value.startsWith("/")) {
                assertThat(mounts).as("%s=%s", name, value).anyMatch(mount -> (value + "/").startsWith(mount + "/"));
            }
        });
    }

    private static String joinToken() {
        return decoded(secrets.get("bitstack-node"), "BITSTACK_NODE_JOIN_TOKEN");
    }

    private static String decoded(Secret secret, String key) {
        return new String(Base64.getDecoder().decode(secret.getData().get(key)), StandardCharsets.UTF_8);
    }

    /** The files of the volume "secrets", with what the script makes. */
    private static Map<String, String> secretFiles(Manifests.Workload workload) {
        Map<String, String> files = new HashMap<>();
        Volume volume = workload.template().getSpec().getVolumes().stream()
                .filter(candidate -> candidate.getName().equals("secrets"))
                .findFirst()
                .orElseThrow();
        for (VolumeProjection source : volume.getProjected().getSources()) {
            Secret secret = secrets.get(source.getSecret().getName());
            assertThat(secret).as(source.getSecret().getName()).isNotNull();
            if (source.getSecret().getItems().isEmpty()) {
                secret.getData().keySet().forEach(key -> files.put(key, decoded(secret, key)));
            }
            source.getSecret().getItems().forEach(item -> {
                assertThat(secret.getData()).containsKey(item.getKey());
                files.put(item.getPath(), decoded(secret, item.getKey()));
            });
        }
        return files;
    }

    @ParameterizedTest
    @MethodSource("io.bitstack.standalone.deployment.Manifests#overlays")
    void whatIsNamedIsThere(Manifests manifests) throws Exception {
        for (Manifests.Workload workload : manifests.workloads()) {
            var pod = workload.template().getSpec();
            ServiceAccount account = manifests
                    .find(ServiceAccount.class, pod.getServiceAccountName())
                    .orElseThrow();
            assertThat(account.getAutomountServiceAccountToken()).isFalse();
            Set<String> volumes = pod.getVolumes().stream().map(Volume::getName).collect(Collectors.toSet());
            if (workload.object() instanceof io.fabric8.kubernetes.api.model.apps.StatefulSet set) {
                set.getSpec()
                        .getVolumeClaimTemplates()
                        .forEach(claim -> volumes.add(claim.getMetadata().getName()));
                assertThat(manifests.find(Service.class, set.getSpec().getServiceName()))
                        .isPresent();
            }
            for (Container container : pod.getContainers()) {
                assertThat(volumes)
                        .as(workload.name())
                        .containsAll(container.getVolumeMounts().stream()
                                .map(VolumeMount::getName)
                                .toList());
                assertThat(container.getResources().getLimits()).containsKeys("cpu", "memory");
                assertThat(container.getResources().getRequests()).containsKeys("cpu", "memory");
            }
            for (Volume volume : pod.getVolumes()) {
                if (volume.getPersistentVolumeClaim() != null) {
                    String claim = volume.getPersistentVolumeClaim().getClaimName();
                    assertThat(claim.equals("bitstack-models")
                                    || manifests
                                            .find(PersistentVolumeClaim.class, claim)
                                            .isPresent())
                            .as(claim)
                            .isTrue();
                }
                if (volume.getSecret() != null) {
                    assertThat(secrets).containsKey(volume.getSecret().getSecretName());
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.bitstack.standalone.deployment.Manifests#overlays")
    void servicesBudgetsAndScalersFitTheirPods(Manifests manifests) throws Exception {
        List<Manifests.Workload> workloads = manifests.workloads();
        for (Service service : manifests.all(Service.class)) {
            Manifests.Workload workload = selected(workloads, service.getSpec().getSelector());
            List<String> ports = workload.template().getSpec().getContainers().getFirst().getPorts().stream()
                    .map(ContainerPort::getName)
                    .toList();
            service.getSpec()
                    .getPorts()
                    .forEach(port -> assertThat(ports)
                            .as(service.getMetadata().getName())
                            .contains(port.getTargetPort().getStrVal()));
        }
        Set<String> guarded = new HashSet<>();
        for (PodDisruptionBudget budget : manifests.all(PodDisruptionBudget.class)) {
            guarded.add(selected(workloads, budget.getSpec().getSelector().getMatchLabels())
                    .name());
        }
        Set<String> wanted = new HashSet<>(Set.of("registry", "compression", "gateway", "node"));
        for (Manifests.Workload workload : workloads) {
            if (workload.object() instanceof DaemonSet set) {
                // A budget is not for a DaemonSet, which has no scale; its updates go one by one.
                wanted.remove(workload.name());
                assertThat(set.getSpec()
                                .getUpdateStrategy()
                                .getRollingUpdate()
                                .getMaxUnavailable()
                                .getIntVal())
                        .isEqualTo(1);
            }
        }
        assertThat(guarded).isEqualTo(wanted);
        assertThat(manifests.all(HorizontalPodAutoscaler.class)).isNotEmpty().allSatisfy(scaler -> {
            var target = scaler.getSpec().getScaleTargetRef();
            assertThat(workloads)
                    .anyMatch(workload -> workload.kind().equals(target.getKind())
                            && workload.name().equals(target.getName()));
            assertThat(scaler.getSpec().getMinReplicas())
                    .isBetween(1, scaler.getSpec().getMaxReplicas());
            // A share of what is requested; without a request nothing is ever scaled.
            assertThat(scaler.getSpec().getMetrics())
                    .isNotEmpty()
                    .allSatisfy(metric -> assertThat(workloads.stream()
                                    .filter(workload -> workload.name().equals(target.getName()))
                                    .flatMap(workload -> workload.template().getSpec().getContainers().stream())
                                    .map(container -> container.getResources().getRequests()))
                            .allMatch(requests ->
                                    requests.containsKey(metric.getResource().getName())));
        });
    }

    private static Manifests.Workload selected(List<Manifests.Workload> workloads, Map<String, String> selector) {
        assertThat(selector).isNotEmpty();
        List<Manifests.Workload> found = workloads.stream()
                .filter(workload ->
                        workload.template().getMetadata().getLabels().entrySet().containsAll(selector.entrySet()))
                .toList();
        assertThat(found).as(selector.toString()).hasSize(1);
        return found.getFirst();
    }

    @Test
    void nodesAreAStatefulSetOnServersAndADaemonSetAtTheEdge() throws Exception {
        assertThat(nodes("dev")).isEqualTo("StatefulSet");
        assertThat(nodes("prod")).isEqualTo("StatefulSet");
        assertThat(nodes("edge")).isEqualTo("DaemonSet");
    }

    private static String nodes(String overlay) throws Exception {
        return Manifests.of("k8s/overlays/" + overlay).workloads().stream()
                .filter(workload -> workload.name().equals("node"))
                .findFirst()
                .orElseThrow()
                .kind();
    }
}
