package io.bitstack.standalone.deployment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Files of the repository, read as their users read them. */
final class Source {
    static final JsonMapper JSON = new JsonMapper();

    private Source() {}

    static Path repository() {
        return Path.of(System.getProperty("bitstack.repository", ".."))
                .toAbsolutePath()
                .normalize();
    }

    static Path file(String path) {
        return repository().resolve(path);
    }

    static String text(String path) throws IOException {
        return Files.readString(file(path));
    }

    /** The documents of a YAML text, with anchors and merges resolved; a key that is there twice is an error. */
    static List<Object> yaml(String text) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        List<Object> documents = new ArrayList<>();
        new Yaml(new SafeConstructor(options)).loadAll(text).forEach(documents::add);
        return documents;
    }

    static JsonNode tree(Object yaml) {
        return JSON.valueToTree(yaml);
    }

    static List<String> strings(JsonNode array) {
        List<String> strings = new ArrayList<>();
        for (JsonNode node : array) {
            strings.add(node.asString());
        }
        return strings;
    }
}
