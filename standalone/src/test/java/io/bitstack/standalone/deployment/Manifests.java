package io.bitstack.standalone.deployment;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import tools.jackson.databind.JsonNode;

/** Kubernetes manifests as the classes of its API; a field that the API does not have is an error. */
record Manifests(List<HasMetadata> objects) {
    private static final Map<String, Class<? extends HasMetadata>> KINDS = Stream.of(
                    ConfigMap.class,
                    DaemonSet.class,
                    Deployment.class,
                    HorizontalPodAutoscaler.class,
                    Namespace.class,
                    NetworkPolicy.class,
                    PersistentVolumeClaim.class,
                    PodDisruptionBudget.class,
                    Secret.class,
                    Service.class,
                    ServiceAccount.class,
                    StatefulSet.class)
            .collect(Collectors.toMap(Class::getSimpleName, Function.identity()));

    private static final ObjectMapper STRICT = new ObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .setAnnotationIntrospector(new JacksonAnnotationIntrospector() {
                private static final long serialVersionUID = 1;

                // The model's classes would keep what they do not know.
                @Override
                public Boolean hasAnySetter(Annotated member) {
                    return false;
                }
            });

    /** @throws IllegalArgumentException for an unknown kind, version or field */
    static Manifests parse(String text) {
        List<HasMetadata> objects = new ArrayList<>();
        for (Object document : Source.yaml(text)) {
            JsonNode tree = Source.tree(document);
            Class<? extends HasMetadata> type = KINDS.get(tree.path("kind").asString());
            if (type == null) {
                throw new IllegalArgumentException("unknown kind: " + tree.path("kind"));
            }
            HasMetadata object = STRICT.convertValue(document, type);
            String version = tree.path("apiVersion").asString();
            if (!version.equals(HasMetadata.getApiVersion(type))) {
                throw new IllegalArgumentException("%s is not of version %s".formatted(type.getSimpleName(), version));
            }
            objects.add(object);
        }
        return new Manifests(List.copyOf(objects));
    }

    /** What an overlay is made of: all resources of a kustomization and of those that it names, not patched. */
    static Manifests of(String kustomization) throws IOException {
        List<HasMetadata> objects = new ArrayList<>();
        Path directory = Source.file(kustomization);
        JsonNode tree = Source.tree(Source.yaml(Files.readString(directory.resolve("kustomization.yaml")))
                .getFirst());
        for (String key : List.of("resources", "components")) {
            for (String resource : Source.strings(tree.path(key))) {
                Path path = directory.resolve(resource).normalize();
                if (Files.isDirectory(path)) {
                    objects.addAll(
                            of(Source.repository().relativize(path).toString()).objects());
                } else {
                    objects.addAll(parse(Files.readString(path)).objects());
                }
            }
        }
        return new Manifests(List.copyOf(objects));
    }

    /** Whether {@code kubectl} is here, which puts overlays together as Kubernetes gets them. */
    static boolean canRender() {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, "kubectl")));
    }

    /** An overlay with its components' and its own patches. */
    static Manifests rendered(String kustomization) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        "kubectl", "kustomize", Source.file(kustomization).toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("kubectl does not put %s together".formatted(kustomization));
        }
        return parse(text);
    }

    /** The overlays as they are written, and, where {@code kubectl} is here, also as it puts them together. */
    static Stream<Named<Manifests>> overlays() throws Exception {
        List<Named<Manifests>> all = new ArrayList<>();
        for (String name : List.of("dev", "prod", "edge")) {
            String path = "k8s/overlays/" + name;
            all.add(Named.of(name, of(path)));
            if (canRender()) {
                all.add(Named.of(name + ", rendered", rendered(path)));
            }
        }
        return all.stream();
    }

    <T extends HasMetadata> List<T> all(Class<T> type) {
        return objects.stream().filter(type::isInstance).map(type::cast).toList();
    }

    <T extends HasMetadata> Optional<T> find(Class<T> type, String name) {
        return all(type).stream()
                .filter(object -> object.getMetadata().getName().equals(name))
                .findFirst();
    }

    /** @param name of the Deployment, StatefulSet or DaemonSet */
    record Workload(String kind, String name, HasMetadata object, PodTemplateSpec template) {}

    List<Workload> workloads() {
        List<Workload> workloads = new ArrayList<>();
        for (HasMetadata object : objects) {
            PodTemplateSpec template = switch (object) {
                case Deployment deployment -> deployment.getSpec().getTemplate();
                case StatefulSet set -> set.getSpec().getTemplate();
                case DaemonSet set -> set.getSpec().getTemplate();
                default -> null;
            };
            if (template != null) {
                workloads.add(
                        new Workload(object.getKind(), object.getMetadata().getName(), object, template));
            }
        }
        return workloads;
    }
}
