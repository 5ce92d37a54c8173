package io.bitstack.standalone.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The network policies let pods reach what their settings name, and nothing else of the namespace. */
class NetworkTest {
    private static final Pattern ADDRESS = Pattern.compile("//([a-z0-9-]+):(\\d+)");

    @ParameterizedTest
    @MethodSource("io.bitstack.standalone.deployment.Manifests#overlays")
    void podsReachWhatTheirSettingsNameAndNoMore(Manifests manifests) {
        assertThat(allowed(manifests)).isEqualTo(needed(manifests));
    }

    @Test
    void aWayThatOneSideDoesNotListIsClosed() throws Exception {
        Manifests all = Manifests.of("k8s/overlays/dev");
        Set<String> open = allowed(all);
        assertThat(open).contains("compression to registry:8081").doesNotContain("node to registry:8081");
        Manifests without = new Manifests(all.objects().stream()
                .filter(object -> !(object instanceof NetworkPolicy
                        && object.getMetadata().getName().equals("compression")))
                .toList());
        assertThat(allowed(without)).doesNotContain("compression to registry:8081", "gateway to compression:8082");
    }

    /** Ways in words, {@code from to to:port}. */
    private static Set<String> needed(Manifests manifests) {
        Set<String> needed = new TreeSet<>();
        for (Manifests.Workload from : manifests.workloads()) {
            for (String value :
                    KubernetesTest.environment(manifests, container(from)).values()) {
                Matcher address = ADDRESS.matcher(value);
                while (address.find()) {
                    Optional<Service> service = manifests.find(Service.class, address.group(1));
                    service.ifPresent(found ->
                            needed.add(way(from.name(), found.getMetadata().getName(), address.group(2))));
                }
            }
        }
        // Where nodes and their blobs are is not in the settings: the nodes' reports and the registry's addresses say
        // it.
        needed.add(way("gateway", "node", "8083"));
        if (manifests.find(Service.class, "s3").isPresent()) {
            needed.add(way("node", "s3", "9000"));
        }
        return needed;
    }

    private static Set<String> allowed(Manifests manifests) {
        Set<String> allowed = new TreeSet<>();
        for (Manifests.Workload from : manifests.workloads()) {
            for (Manifests.Workload to : manifests.workloads()) {
                for (var port : container(to).getPorts()) {
                    Port wanted = new Port(port.getName(), port.getContainerPort());
                    if (maySend(manifests, from, to, wanted) && mayReceive(manifests, from, to, wanted)) {
                        allowed.add(way(from.name(), to.name(), Integer.toString(wanted.number())));
                    }
                }
            }
        }
        return allowed;
    }

    private record Port(String name, int number) {
        boolean isIn(List<NetworkPolicyPort> ports) {
            return ports.isEmpty()
                    || ports.stream()
                            .map(NetworkPolicyPort::getPort)
                            .anyMatch(
                                    port -> port.equals(new IntOrString(name)) || port.equals(new IntOrString(number)));
        }
    }

    private static boolean maySend(Manifests manifests, Manifests.Workload from, Manifests.Workload to, Port port) {
        return manifests.all(NetworkPolicy.class).stream()
                .filter(policy -> policy.getSpec().getPolicyTypes().contains("Egress"))
                .filter(policy -> selects(policy.getSpec().getPodSelector(), from))
                .flatMap(policy -> policy.getSpec().getEgress().stream())
                .anyMatch(rule -> port.isIn(rule.getPorts()) && isOneOf(rule.getTo(), to));
    }

    private static boolean mayReceive(Manifests manifests, Manifests.Workload from, Manifests.Workload to, Port port) {
        return manifests.all(NetworkPolicy.class).stream()
                .filter(policy -> policy.getSpec().getPolicyTypes().contains("Ingress"))
                .filter(policy -> selects(policy.getSpec().getPodSelector(), to))
                .flatMap(policy -> policy.getSpec().getIngress().stream())
                .anyMatch(rule -> port.isIn(rule.getPorts()) && isOneOf(rule.getFrom(), from));
    }

    /** Whether a pod of this namespace is meant; none listed means all, and a block of addresses may hold any pod's. */
    private static boolean isOneOf(List<NetworkPolicyPeer> peers, Manifests.Workload workload) {
        return peers.isEmpty()
                || peers.stream()
                        .anyMatch(peer -> peer.getIpBlock() != null
                                || (peer.getNamespaceSelector() == null && selects(peer.getPodSelector(), workload)));
    }

    private static boolean selects(LabelSelector selector, Manifests.Workload workload) {
        Map<String, String> labels = workload.template().getMetadata().getLabels();
        return labels.entrySet().containsAll(selector.getMatchLabels().entrySet())
                && selector.getMatchExpressions().stream().allMatch(expression -> holds(expression, labels));
    }

    private static boolean holds(LabelSelectorRequirement expression, Map<String, String> labels) {
        assertThat(expression.getOperator())
                .as("the one operator that this test knows")
                .isEqualTo("In");
        return expression.getValues().contains(labels.get(expression.getKey()));
    }

    private static Container container(Manifests.Workload workload) {
        return workload.template().getSpec().getContainers().getFirst();
    }

    private static String way(String from, String to, String port) {
        return "%s to %s:%s".formatted(from, to, port);
    }
}
