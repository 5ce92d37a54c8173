package io.bitstack.standalone.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Nothing may more than it has to: pods, networks, accounts. */
class KubernetesSecurityTest {
    private static final Set<String> VOLUMES =
            Set.of("configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret");
    /** What Spring Boot gives requests that run when a service is told to end. */
    private static final int DRAIN_SECONDS = 30;

    @Test
    void theNamespaceRefusesPodsThatAreNotRestricted() throws Exception {
        Namespace namespace =
                Manifests.of("k8s/base").find(Namespace.class, "bitstack").orElseThrow();
        assertThat(namespace.getMetadata().getLabels())
                .containsEntry("pod-security.kubernetes.io/enforce", "restricted");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dev", "prod", "edge"})
    void whatAllPodsHaveInCommonReachesThem(String overlay) throws Exception {
        JsonNode kustomization = Source.tree(Source.yaml(Source.text("k8s/overlays/" + overlay + "/kustomization.yaml"))
                .getFirst());
        assertThat(Source.strings(kustomization.path("components"))).last().isEqualTo("../../components/service");
        PodSpec common = Manifests.parse(Source.text("k8s/components/service/pod.yaml"))
                .workloads()
                .getFirst()
                .template()
                .getSpec();
        for (Manifests.Workload workload :
                Manifests.of("k8s/overlays/" + overlay).workloads()) {
            PodSpec pod = workload.template().getSpec();
            Container container = pod.getContainers().getFirst();
            boolean ours = container.getName().equals("service");
            assertThat(workload.object().getMetadata().getLabels().containsKey("app.kubernetes.io/part-of"))
                    .as(workload.name())
                    .isEqualTo(ours);
            assertRestricted(ours ? common : pod);
        }
        Container container = common.getContainers().getFirst();
        assertProbe(container.getStartupProbe(), "liveness");
        assertProbe(container.getLivenessProbe(), "liveness");
        assertProbe(container.getReadinessProbe(), "readiness");
        List<String> pause = container.getLifecycle().getPreStop().getExec().getCommand();
        assertThat(pause).hasSize(2).startsWith("sleep");
        assertThat(common.getTerminationGracePeriodSeconds())
                .as("leaving the Services and draining fit into it")
                .isGreaterThanOrEqualTo(Integer.parseInt(pause.getLast()) + DRAIN_SECONDS);
    }

    private static void assertProbe(Probe probe, String group) {
        assertThat(probe.getHttpGet().getPath()).isEqualTo("/actuator/health/" + group);
        assertThat(probe.getHttpGet().getPort()).isEqualTo(new IntOrString("management"));
    }

    /** The rules of the pod security standard "restricted", and a root file system that cannot be written. */
    private static void assertRestricted(PodSpec pod) {
        assertThat(pod.getAutomountServiceAccountToken()).isFalse();
        assertThat(pod.getHostNetwork()).isNull();
        assertThat(pod.getHostPID()).isNull();
        assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
        assertThat(pod.getSecurityContext().getRunAsUser()).isPositive();
        assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
        for (Container container : pod.getContainers()) {
            var context = container.getSecurityContext();
            assertThat(context.getAllowPrivilegeEscalation()).isFalse();
            assertThat(context.getReadOnlyRootFilesystem()).isTrue();
            assertThat(context.getCapabilities().getDrop()).containsExactly("ALL");
            assertThat(context.getCapabilities().getAdd()).isEmpty();
        }
        for (var volume : pod.getVolumes()) {
            JsonNode tree = Source.tree(Map.of("volume", kinds(volume)));
            assertThat(VOLUMES).containsAll(Source.strings(tree.path("volume")));
        }
    }

    private static List<String> kinds(io.fabric8.kubernetes.api.model.Volume volume) {
        Map<?, ?> fields = new com.fasterxml.jackson.databind.ObjectMapper().convertValue(volume, Map.class);
        return fields.keySet().stream()
                .map(String::valueOf)
                .filter(key -> !key.equals("name"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("io.bitstack.standalone.deployment.Manifests#overlays")
    void networksDenyWhatIsNotListed(Manifests manifests) {
        List<NetworkPolicy> policies = manifests.all(NetworkPolicy.class);
        assertThat(policies)
                .anyMatch(policy ->
                        policy.getSpec().getPodSelector().getMatchLabels().isEmpty()
                                && policy.getSpec().getIngress().isEmpty()
                                && policy.getSpec().getEgress().isEmpty()
                                && policy.getSpec().getPolicyTypes().containsAll(List.of("Ingress", "Egress")));
        for (NetworkPolicy policy : policies) {
            for (var egress : policy.getSpec().getEgress()) {
                assertThat(egress.getPorts()).as(policy.getMetadata().getName()).isNotEmpty();
                for (var peer : egress.getTo()) {
                    if (peer.getPodSelector() != null && peer.getNamespaceSelector() == null) {
                        assertPorts(manifests, peer.getPodSelector().getMatchLabels(), egress.getPorts());
                    }
                }
            }
            for (var ingress : policy.getSpec().getIngress()) {
                assertThat(ingress.getPorts())
                        .as(policy.getMetadata().getName())
                        .isNotEmpty();
                assertPorts(manifests, policy.getSpec().getPodSelector().getMatchLabels(), ingress.getPorts());
            }
        }
    }

    /** The pods that are selected listen on these ports. */
    private static void assertPorts(Manifests manifests, Map<String, String> labels, List<NetworkPolicyPort> ports) {
        List<Manifests.Workload> workloads = manifests.workloads().stream()
                .filter(workload ->
                        workload.template().getMetadata().getLabels().entrySet().containsAll(labels.entrySet()))
                .filter(workload -> !labels.isEmpty()
                        || workload.template()
                                .getSpec()
                                .getContainers()
                                .getFirst()
                                .getName()
                                .equals("service"))
                .toList();
        assertThat(workloads).as(labels.toString()).isNotEmpty();
        for (Manifests.Workload workload : workloads) {
            var known = workload.template().getSpec().getContainers().getFirst().getPorts().stream()
                    .flatMap(port ->
                            Stream.of(new IntOrString(port.getName()), new IntOrString(port.getContainerPort())))
                    .toList();
            assertThat(known)
                    .containsAll(ports.stream().map(NetworkPolicyPort::getPort).toList());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"dev", "prod", "edge"})
    void howManyThereAreIsSaidInOnePlace(String overlay) throws Exception {
        assumeTrue(Manifests.canRender(), "kubectl is not there to put the overlays together");
        Manifests rendered = Manifests.rendered("k8s/overlays/" + overlay);
        for (HorizontalPodAutoscaler scaler : rendered.all(HorizontalPodAutoscaler.class)) {
            String name = scaler.getSpec().getScaleTargetRef().getName();
            // A number in the workload would undo, with every apply, what the autoscaler has done.
            rendered.find(Deployment.class, name)
                    .ifPresent(found ->
                            assertThat(found.getSpec().getReplicas()).as(name).isNull());
            rendered.find(StatefulSet.class, name)
                    .ifPresent(found ->
                            assertThat(found.getSpec().getReplicas()).as(name).isNull());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"dev", "prod", "edge"})
    void whatKubectlMakesOfItIsRestrictedToo(String overlay) throws Exception {
        assumeTrue(Manifests.canRender(), "kubectl is not there to put the overlays together");
        Manifests rendered = Manifests.rendered("k8s/overlays/" + overlay);
        assertThat(rendered.workloads()).hasSizeGreaterThanOrEqualTo(4);
        for (Manifests.Workload workload : rendered.workloads()) {
            assertThat(workload.object().getMetadata().getNamespace()).isEqualTo("bitstack");
            assertRestricted(workload.template().getSpec());
            for (Container container : workload.template().getSpec().getContainers()) {
                assertThat(container.getReadinessProbe()).isNotNull();
                if (container.getName().equals("service")) {
                    assertProbe(container.getStartupProbe(), "liveness");
                    assertProbe(container.getLivenessProbe(), "liveness");
                    assertProbe(container.getReadinessProbe(), "readiness");
                }
                assertThat(container.getVolumeMounts())
                        .anyMatch(mount -> mount.getMountPath().equals("/tmp"));
            }
        }
    }
}
