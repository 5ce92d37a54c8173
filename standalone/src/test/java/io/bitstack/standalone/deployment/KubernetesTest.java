package io.bitstack.standalone.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The overlays name nothing that is not there: variables, ports, secrets, claims, accounts, each other. */
class KubernetesTest {
    private static final String IMAGES = "bitstack/";

    @TempDir
    static Path directory;

    /** What {@code make-secrets --kubernetes} makes, by name. */
    private static Map<String, Secret> secrets;

    @BeforeAll
    static void makeSecrets() throws Exception {
        SecretFiles.Result result =
                SecretFiles.run("--kubernetes", "bitstack", directory.resolve("secrets").toString());
        assertThat(result.exitCode()).as(result.output()).isZero();
        secrets = Manifests.parse(result.output()).all(Secret.class).stream()
                .collect(Collectors.toMap(secret -> secret.getMetadata().getName(), secret -> secret));
        assertThat(secrets.values()).allMatch(secret -> secret.getMetadata().getNamespace().equals("bitstack"));
    }

    @Test
    void aFieldOrVersionThatTheApiDoesNotHaveIsRefused() {
        String good = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: 1}\n";
        assertThatCode(() -> Manifests.parse(good)).doesNotThrowAnyException();
        assertThatThrownBy(() -> Manifests.parse(good.replace("replicas", "replica"))).hasMessageContaining("replica");
        assertThatThrownBy(() -> Manifests.parse(good.replace("name", "nam"))).hasMessageContaining("nam");
        assertThatThrownBy(() -> Manifests.parse(good.replace("v1", "v1beta1"))).hasMessageContaining("v1beta1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dev", "prod", "edge"})
    void theServicesTakeEveryVariableAndItsValue(String overlay) throws Exception {
        Manifests manifests = Manifests.of("k8s/overlays/" + overlay);
        Set<String> modules = new HashSet<>();
        for (Manifests.Workload workload : manifests.workloads()) {
            Container container = workload.template().getSpec().getContainers().getFirst();
            if (!container.getImage().startsWith(IMAGES)) {
                continue;
            }
            ServiceCode code = ServiceCode.of(container.getImage().substring(IMAGES.length()));
            modules.add(code.module());
            Map<String, String> environment = environment(manifests, container);
            // The node's own variables only take part in others.
            environment.keySet().removeIf(name -> name.startsWith("POD_"));
            assertThat(environment.keySet()).as(workload.name()).allMatch(code::knows);
            Map<String, String> files = secretFiles(workload);
            assertThat(files.keySet()).as(workload.name()).isNotEmpty().allMatch(code::knows);
            assertThatCode(() -> code.bind(environment, files)).as(workload.name()).doesNotThrowAnyException();
            Map<String, Integer> ports = container.getPorts().stream()
                    .collect(Collectors.toMap(ContainerPort::getName, ContainerPort::getContainerPort));
            assertThat(ports).isEqualTo(Map.of("http", code.port(), "management", code.managementPort()));
            assertThat(code.hasProbes()).isTrue();
            assertThat(environment).as("the memory limit says it").doesNotContainKey("BITSTACK_NODE_BUDGET_BYTES");
        }
        assertThat(modules).containsExactlyInAnyOrderElementsOf(ServiceCode.modules());
    }

    private static Map<String, String> environment(Manifests manifests, Container container) {
        Map<String, String> environment = new HashMap<>();
        for (EnvFromSource from : container.getEnvFrom()) {
            String name = from.getConfigMapRef().getName();
            environment.putAll(manifests.find(ConfigMap.class, name).orElseThrow().getData());
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

    /** The files of the volume "secrets", each with some value of its kind. */
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
                secret.getData().keySet().forEach(key -> files.put(key, "bsk_0123456789"));
            }
            source.getSecret().getItems().forEach(item -> {
                assertThat(secret.getData()).containsKey(item.getKey());
                files.put(item.getPath(), "bsk_0123456789");
            });
        }
        return files;
    }

    @ParameterizedTest
    @ValueSource(strings = {"dev", "prod", "edge"})
    void whatIsNamedIsThere(String overlay) throws Exception {
        Manifests manifests = Manifests.of("k8s/overlays/" + overlay);
        for (Manifests.Workload workload : manifests.workloads()) {
            var pod = workload.template().getSpec();
            ServiceAccount account = manifests
                    .find(ServiceAccount.class, pod.getServiceAccountName())
                    .orElseThrow();
            assertThat(account.getAutomountServiceAccountToken()).isFalse();
            Set<String> volumes = pod.getVolumes().stream().map(Volume::getName).collect(Collectors.toSet());
            if (workload.object() instanceof io.fabric8.kubernetes.api.model.apps.StatefulSet set) {
                set.getSpec().getVolumeClaimTemplates().forEach(claim -> volumes.add(
                        claim.getMetadata().getName()));
                assertThat(manifests.find(Service.class, set.getSpec().getServiceName())).isPresent();
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
                                    || manifests.find(PersistentVolumeClaim.class, claim).isPresent())
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
    @ValueSource(strings = {"dev", "prod", "edge"})
    void servicesBudgetsAndScalersFitTheirPods(String overlay) throws Exception {
        Manifests manifests = Manifests.of("k8s/overlays/" + overlay);
        List<Manifests.Workload> workloads = manifests.workloads();
        for (Service service : manifests.all(Service.class)) {
            Manifests.Workload workload = selected(workloads, service.getSpec().getSelector());
            List<String> ports = workload.template().getSpec().getContainers().getFirst().getPorts().stream()
                    .map(ContainerPort::getName)
                    .toList();
            service.getSpec().getPorts().forEach(port -> assertThat(ports)
                    .as(service.getMetadata().getName())
                    .contains(port.getTargetPort().getStrVal()));
        }
        Set<String> guarded = new HashSet<>();
        for (PodDisruptionBudget budget : manifests.all(PodDisruptionBudget.class)) {
            guarded.add(selected(workloads, budget.getSpec().getSelector().getMatchLabels()).name());
        }
        assertThat(guarded).containsExactlyInAnyOrder("registry", "compression", "gateway", "node");
        assertThat(manifests.all(HorizontalPodAutoscaler.class)).isNotEmpty().allSatisfy(scaler -> {
            var target = scaler.getSpec().getScaleTargetRef();
            assertThat(workloads)
                    .anyMatch(workload -> workload.kind().equals(target.getKind())
                            && workload.name().equals(target.getName()));
        });
    }

    private static Manifests.Workload selected(List<Manifests.Workload> workloads, Map<String, String> selector) {
        assertThat(selector).isNotEmpty();
        List<Manifests.Workload> found = workloads.stream()
                .filter(workload -> workload.template()
                        .getMetadata()
                        .getLabels()
                        .entrySet()
                        .containsAll(selector.entrySet()))
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
