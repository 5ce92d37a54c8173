package io.bitstack.standalone.cli;

import io.bitstack.standalone.client.ApiClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Models of the registry. */
@Command(
        name = "model",
        description = "Register models and see their versions.",
        mixinStandardHelpOptions = true,
        subcommands = {ModelCommand.Register.class, ModelCommand.ListModels.class, ModelCommand.Show.class})
final class ModelCommand {
    @Command(name = "register", description = "Register a model.", mixinStandardHelpOptions = true)
    static final class Register extends ClientCommand {
        @Parameters(index = "0", paramLabel = "NAME")
        String name = "";

        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "PATH",
                description =
                        "model directory or GGUF file that it will be made from, as the compression service sees it;"
                                + " nothing is registered unless it can be compressed")
        @Nullable
        Path path;

        @Option(names = "--description")
        String description = "";

        @Override
        JsonNode ask(ApiClient api) throws IOException {
            if (path != null) {
                api.post(
                        "/api/v1/source-checks",
                        Map.of("path", path.toAbsolutePath().toString()));
            }
            return api.post("/api/v1/models", Map.of("name", name, "description", description));
        }

        @Override
        void print(JsonNode model) {
            out().println("registered " + model.path("name").asString());
        }
    }

    @Command(name = "list", description = "List models.", mixinStandardHelpOptions = true)
    static final class ListModels extends ClientCommand {
        @Override
        JsonNode ask(ApiClient api) throws IOException {
            return Pages.all(api, "/api/v1/models");
        }

        @Override
        void print(JsonNode models) {
            Table table = new Table("MODEL", "NEWEST", "BLOCKS", "SMALLEST", "LARGEST", "PERPLEXITY", "ALIASES");
            for (JsonNode model : models) {
                JsonNode newest = model.path("newest");
                boolean any = newest.isObject();
                table.row(
                        model.path("name").asString(),
                        any ? newest.path("version").asString() : "-",
                        any ? newest.path("blocks").asString() : "-",
                        any ? Numbers.bytes(newest.path("minimalBytes").asLong()) : "-",
                        any ? Numbers.bytes(newest.path("sizeBytes").asLong()) : "-",
                        Numbers.decimal(newest.path("bestPerplexity"), 3),
                        aliases(model));
            }
            table.print(out());
        }
    }

    private static String aliases(JsonNode model) {
        String all = StreamSupport.stream(model.path("aliases").spliterator(), false)
                .map(alias -> alias.path("alias").asString() + "="
                        + alias.path("version").asString())
                .collect(Collectors.joining(","));
        return all.isEmpty() ? "-" : all;
    }

    @Command(name = "show", description = "Show a model and its versions.", mixinStandardHelpOptions = true)
    static final class Show extends ClientCommand {
        @Parameters(paramLabel = "NAME")
        String name = "";

        @Override
        JsonNode ask(ApiClient api) throws IOException {
            String path = "/api/v1/models/" + ApiClient.segment(name);
            ObjectNode model = (ObjectNode) api.get(path);
            model.set("versions", Pages.all(api, path + "/versions"));
            return model;
        }

        @Override
        void print(JsonNode model) {
            out().println(model.path("name").asString() + "  "
                    + model.path("description").asString());
            out().println("aliases: " + aliases(model));
            Table table = new Table(
                    "VERSION",
                    "CODEC",
                    "WEIGHTS",
                    "BLOCKS",
                    "SMALLEST",
                    "BPW",
                    "LARGEST",
                    "BPW",
                    "PERPLEXITY",
                    "FULL",
                    "STACK");
            for (JsonNode version : model.path("versions")) {
                table.row(
                        version.path("version").asString(),
                        version.path("codec").asString(),
                        version.path("weights").asString(),
                        version.path("blocks").asString(),
                        Numbers.bytes(version.path("minimalBytes").asLong()),
                        Numbers.decimal(version.path("minimalBpw"), 2),
                        Numbers.bytes(version.path("sizeBytes").asLong()),
                        Numbers.decimal(version.path("bpw"), 2),
                        Numbers.decimal(version.path("bestPerplexity"), 3),
                        Numbers.decimal(version.path("fullPerplexity"), 3),
                        version.path("stackDigest").asString());
            }
            table.print(out());
        }
    }
}
