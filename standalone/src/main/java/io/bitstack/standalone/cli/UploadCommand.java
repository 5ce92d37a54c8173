package io.bitstack.standalone.cli;

import io.bitstack.standalone.client.ApiClient;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Sends a model of this machine to the platform. */
@Command(
        name = "upload",
        description = "Send a model directory or GGUF file to the platform, which keeps it for 'compress --upload'.",
        mixinStandardHelpOptions = true)
final class UploadCommand extends ClientCommand {
    @Parameters(paramLabel = "PATH", description = "model directory or GGUF file on this machine")
    Path path = Path.of(".");

    @Option(
            names = "--resume",
            paramLabel = "ID",
            description = "go on with an upload of the same files that broke off")
    @Nullable
    String resume;

    @Override
    JsonNode ask(ApiClient api) throws IOException, InterruptedException {
        return new ModelUpload(api, new ProgressLine(err())).send(path, resume);
    }

    @Override
    void print(JsonNode upload) {
        out().println("%s, %s: bitstack compress MODEL --upload %s"
                .formatted(
                        upload.path("id").asString(),
                        Numbers.bytes(upload.path("sizeBytes").asLong()),
                        upload.path("id").asString()));
    }
}
