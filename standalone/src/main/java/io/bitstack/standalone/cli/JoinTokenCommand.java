package io.bitstack.standalone.cli;

import io.bitstack.standalone.client.ApiClient;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Tokens with which nodes join. */
@Command(
        name = "join-token",
        description = "Make, list and revoke the tokens that nodes join with.",
        mixinStandardHelpOptions = true,
        subcommands = {JoinTokenCommand.Create.class, JoinTokenCommand.ListTokens.class, JoinTokenCommand.Revoke.class})
final class JoinTokenCommand {
    private static final String PATH = "/api/v1/join-tokens";

    @Command(
            name = "create",
            description = "Make a token and print it, once; a node takes it as BITSTACK_NODE_JOIN_TOKEN.",
            mixinStandardHelpOptions = true)
    static final class Create extends ClientCommand {
        @Parameters(paramLabel = "NAME", description = "what the token is for")
        String name = "";

        @Option(names = "--reusable", description = "more than one node may join with it")
        boolean reusable;

        @Option(names = "--expires", paramLabel = "SECONDS", description = "default: a day")
        @Nullable
        Long expiresInSeconds;

        @Option(names = "--label", paramLabel = "NAME=VALUE", description = "that each node gets; may be repeated")
        Map<String, String> labels = Map.of();

        @Override
        JsonNode ask(ApiClient api) throws IOException {
            Map<String, Object> wanted = new HashMap<>();
            wanted.put("name", name);
            wanted.put("reusable", reusable);
            wanted.put("expiresInSeconds", expiresInSeconds);
            wanted.put("labels", labels);
            return api.post(PATH, wanted);
        }

        @Override
        void print(JsonNode token) {
            out().println(token.path("token").asString());
        }
    }

    @Command(name = "list", description = "List tokens, without their secrets.", mixinStandardHelpOptions = true)
    static final class ListTokens extends ClientCommand {
        @Override
        JsonNode ask(ApiClient api) throws IOException {
            return Pages.all(api, PATH);
        }

        @Override
        void print(JsonNode tokens) {
            Table table = new Table("ID", "NAME", "REUSABLE", "USES", "EXPIRES", "REVOKED");
            for (JsonNode token : tokens) {
                table.row(
                        token.path("id").asString(),
                        token.path("name").asString(),
                        token.path("reusable").asString(),
                        token.path("uses").asString(),
                        token.path("expiresAt").asString(),
                        token.path("revokedAt").asString("-"));
            }
            table.print(out());
        }
    }

    @Command(name = "revoke", description = "Revoke a token; nodes that joined stay.", mixinStandardHelpOptions = true)
    static final class Revoke extends ClientCommand {
        @Parameters(paramLabel = "ID")
        String id = "";

        @Override
        JsonNode ask(ApiClient api) throws IOException {
            return api.delete(PATH + "/" + ApiClient.segment(id));
        }

        @Override
        void print(JsonNode answer) {
            out().println("revoked " + id);
        }
    }
}
