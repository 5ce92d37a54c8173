package io.bitstack.standalone.cli;

import io.bitstack.standalone.client.ApiClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Fetches a stack as one file. */
@Command(
        name = "export",
        description = "Write a version as one .bitstack file; one that broke off goes on where it ended.",
        mixinStandardHelpOptions = true)
final class ExportCommand extends ClientCommand {
    @Parameters(index = "0", paramLabel = "MODEL", description = "NAME@ALIAS or NAME@VERSION")
    String model = "";

    @Parameters(index = "1", paramLabel = "FILE")
    Path file = Path.of("");

    @Option(names = "--blocks", description = "only so many blocks of the stack order: a smaller model")
    @Nullable
    Integer blocks;

    @Override
    JsonNode ask(ApiClient api) throws IOException {
        if (Files.exists(file)) {
            throw new IllegalArgumentException(file + " is there already; remove it or choose another name");
        }
        String stack = stack(api);
        String path = "/api/v1/stacks/%s/export%s".formatted(stack, blocks == null ? "" : "?blocks=" + blocks);
        Path part = file.resolveSibling("%s.%s.part".formatted(file.getFileName(), suffix(stack)));
        long from = Files.exists(part) ? Files.size(part) : 0;
        long sizeBytes;
        try (InputStream in = api.download(path, from);
                OutputStream out = Files.newOutputStream(part, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            sizeBytes = from + in.transferTo(out);
        }
        StackFileCheck.Result checked = StackFileCheck.check(part);
        if (!checked.bad().isEmpty()) {
            Files.delete(part);
            throw new IOException("what arrived is not what was asked for and was thrown away; try again");
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        return JsonMapper.shared()
                .valueToTree(Map.of(
                        "file",
                        file.toString(),
                        "sizeBytes",
                        sizeBytes,
                        "stackDigest",
                        stack,
                        "blocks",
                        checked.blocks()));
    }

    private String suffix(String stack) {
        return stack.substring("sha256:".length(), "sha256:".length() + 12) + (blocks == null ? "" : "-" + blocks);
    }

    private String stack(ApiClient api) throws IOException {
        Map<String, Object> wanted = ModelName.parse(model).members();
        String base = "/api/v1/models/" + ApiClient.segment(String.valueOf(wanted.get("model")));
        Object number = wanted.get("alias") == null
                ? wanted.get("version")
                : api.get(base + "/aliases/" + ApiClient.segment(String.valueOf(wanted.get("alias"))))
                        .path("version")
                        .asInt();
        String digest =
                api.get(base + "/versions/" + number).path("stackDigest").asString("");
        if (digest.isEmpty()) {
            throw new IllegalArgumentException(model + " is a draft without a stack; there is nothing to export");
        }
        return digest;
    }

    @Override
    void print(JsonNode written) {
        out().println("%s: %s, %s blocks"
                .formatted(
                        written.path("file").asString(),
                        Numbers.bytes(written.path("sizeBytes").asLong()),
                        written.path("blocks").asString()));
    }
}
