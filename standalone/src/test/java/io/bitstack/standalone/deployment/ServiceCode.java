package io.bitstack.standalone.deployment;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.FileSystemResource;
import org.springframework.core.type.filter.AnnotationTypeFilter;
import tools.jackson.databind.JsonNode;

/** What one service's code says about its configuration: its configuration file and its {@code @ConfigurationProperties}. */
final class ServiceCode {
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([A-Z0-9_]+)[:}]");
    /** What the JVM itself reads, and {@code docker/start.sh}. */
    private static final Set<String> JVM = Set.of("JAVA_TOOL_OPTIONS", "TMPDIR");

    private final String module;
    private final PropertySource<?> file;
    private final Map<Class<?>, String> prefixes = new LinkedHashMap<>();
    private final Set<String> variables = new TreeSet<>(JVM);

    private ServiceCode(String module) throws IOException, ClassNotFoundException {
        this.module = module;
        Path yml = configurationFile();
        this.file = new YamlPropertySourceLoader()
                .load(module, new FileSystemResource(yml))
                .getFirst();
        Matcher placeholders = PLACEHOLDER.matcher(Files.readString(yml));
        while (placeholders.find()) {
            variables.add(placeholders.group(1));
        }
        for (String key : ((EnumerablePropertySource<?>) file).getPropertyNames()) {
            variables.add(variableOf(key));
        }
        var scanner = new ClassPathScanningCandidateComponentProvider(false);
        scanner.addIncludeFilter(new AnnotationTypeFilter(ConfigurationProperties.class));
        for (var found : scanner.findCandidateComponents("io.bitstack." + module.replace("-service", ""))) {
            Class<?> type = Class.forName(found.getBeanClassName());
            String prefix = type.getAnnotation(ConfigurationProperties.class).value();
            prefixes.put(type, prefix);
            addComponents(prefix, type);
        }
        addLibraries();
    }

    static ServiceCode of(String module) throws IOException, ClassNotFoundException {
        return new ServiceCode(module);
    }

    private Path configurationFile() throws IOException {
        try (Stream<Path> files = Files.list(Source.file(module + "/src/main/resources"))) {
            return files.filter(path -> path.toString().endsWith(".yml"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private void addComponents(String prefix, Class<?> type) {
        if (!type.isRecord()) {
            return;
        }
        for (RecordComponent component : type.getRecordComponents()) {
            String key = prefix + "." + component.getName();
            variables.add(variableOf(key));
            addComponents(key, component.getType());
        }
    }

    /** The keys of Spring Boot and other libraries, which they list in their jars. */
    private void addLibraries() throws IOException {
        for (URL url : Collections.list(
                getClass().getClassLoader().getResources("META-INF/spring-configuration-metadata.json"))) {
            try (InputStream stream = url.openStream()) {
                for (JsonNode property : Source.JSON.readTree(stream).path("properties")) {
                    String name = property.path("name").asString();
                    if (!name.startsWith("bitstack.")) {
                        variables.add(variableOf(name));
                    }
                }
            }
        }
    }

    /** The variable that Spring Boot takes for a key: upper case, dots as underscores, without dashes. */
    private static String variableOf(String key) {
        return key.replace("-", "").replace('.', '_').toUpperCase(Locale.ROOT);
    }

    String module() {
        return module;
    }

    /** Whether the service does anything with this variable. */
    boolean knows(String variable) {
        return variables.contains(variable);
    }

    int port() {
        return number("server.port");
    }

    int managementPort() {
        return number("management.server.port");
    }

    /** Whether liveness and readiness are served on the management port. */
    boolean hasProbes() {
        return Boolean.TRUE.equals(file.getProperty("management.endpoint.health.probes.enabled"))
                && String.valueOf(file.getProperty("management.endpoints.web.exposure.include"))
                        .contains("health");
    }

    private int number(String key) {
        return Integer.parseInt(String.valueOf(file.getProperty(key)));
    }

    /**
     * Reads all of the service's settings as it does at its start.
     *
     * @param environment variables
     * @param secrets files of the configuration tree by name
     * @return the settings by their prefix
     * @throws RuntimeException if a value is not taken, with the reason
     */
    Map<String, Object> bind(Map<String, String> environment, Map<String, String> secrets) {
        StandardEnvironment spring = new StandardEnvironment() {
            @Override
            protected void customizePropertySources(MutablePropertySources sources) {
                // Nothing of this machine.
            }
        };
        spring.getPropertySources()
                .addLast(new SystemEnvironmentPropertySource(
                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, new HashMap<>(environment)));
        spring.getPropertySources().addLast(new MapPropertySource("secrets", new HashMap<>(secrets)));
        spring.getPropertySources().addLast(file);
        Binder binder = Binder.get(spring);
        Map<String, Object> bound = new HashMap<>();
        prefixes.forEach((type, prefix) -> bound.put(prefix, binder.bindOrCreate(prefix, Bindable.of(type))));
        return bound;
    }

    static List<String> modules() {
        return List.of("registry-service", "compression-service", "inference-service", "gateway");
    }
}
