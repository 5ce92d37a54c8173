package io.bitstack.standalone.deployment;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** {@code docker-compose.yml} as Compose sees it where nothing is set: variables replaced by their defaults. */
record ComposeFile(JsonNode root, Map<String, String> defaults) {
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Z0-9_]+)(?:(:-|:\\?)([^}]*))?}|\\$([A-Z_]+)");

    static ComposeFile read() throws IOException {
        String text = Source.text("docker-compose.yml").replaceAll("(?m)^\\s*#.*$", "");
        Map<String, String> defaults = new LinkedHashMap<>();
        Matcher variables = VARIABLE.matcher(text);
        StringBuilder replaced = new StringBuilder();
        while (variables.find()) {
            String name = variables.group(1);
            if (name == null || !":-".equals(variables.group(2))) {
                throw new IOException("a variable without a default: " + variables.group());
            }
            String value = variables.group(3);
            String before = defaults.putIfAbsent(name, value);
            if (before != null && !before.equals(value)) {
                throw new IOException("%s has two defaults: %s and %s".formatted(name, before, value));
            }
            variables.appendReplacement(replaced, Matcher.quoteReplacement(value));
        }
        variables.appendTail(replaced);
        JsonNode root = Source.tree(Source.yaml(replaced.toString()).getFirst());
        return new ComposeFile(root, defaults);
    }

    Set<String> serviceNames() {
        return new LinkedHashSet<>(root.path("services").propertyNames());
    }

    JsonNode service(String name) {
        return root.path("services").path(name);
    }

    /** The module that a service is built from; empty for other people's images. */
    String module(String name) {
        return service(name).path("build").path("args").path("SERVICE").asString("");
    }

    /** The services that are ours. */
    List<String> ours() {
        return serviceNames().stream().filter(name -> !module(name).isEmpty()).toList();
    }

    Map<String, String> environment(String name) {
        Map<String, String> environment = new LinkedHashMap<>();
        service(name)
                .path("environment")
                .properties()
                .forEach(entry ->
                        environment.put(entry.getKey(), entry.getValue().asString()));
        return environment;
    }

    /** What is in {@code /run/secrets} of a service: the secret by the file's name. */
    Map<String, String> secrets(String name) {
        Map<String, String> secrets = new LinkedHashMap<>();
        for (JsonNode secret : service(name).path("secrets")) {
            String source = secret.isObject() ? secret.path("source").asString() : secret.asString();
            secrets.put(secret.isObject() ? secret.path("target").asString() : source, source);
        }
        return secrets;
    }
}
