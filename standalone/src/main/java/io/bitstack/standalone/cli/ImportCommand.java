package io.bitstack.standalone.cli;

import io.bitstack.core.stack.StackFile;
import io.bitstack.core.stack.StackFileException;
import io.bitstack.standalone.client.ApiClient;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Publishes a stack that is in a file. */
@Command(
        name = "import",
        description =
                "Publish a .bitstack file as a version; a file that was cut becomes the smaller model that it still"
                        + " is.",
        mixinStandardHelpOptions = true)
final class ImportCommand extends ClientCommand {
    private static final int PIECE_BYTES = 32 << 20;

    @Parameters(index = "0", paramLabel = "FILE")
    Path file = Path.of("");

    @Parameters(index = "1", paramLabel = "MODEL", description = "the name of a registered model")
    String model = "";

    @Option(
            names = "--public-key",
            description =
                    "take the file only if this key signed it and every blob in it is whole, which is looked at before"
                            + " anything is sent: a file with the key (PEM or base64), or the base64 itself; may be"
                            + " repeated")
    List<String> keys = List.of();

    @Override
    JsonNode ask(ApiClient api) throws IOException {
        if (!keys.isEmpty()) {
            requireSignedAndWhole();
        }
        StackFile head;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            head = StackFile.read(in);
        }
        long fileBytes = Files.size(file);
        long offset = api.sendBytes("POST", "/api/v1/imports", head.head())
                .path("nextOffset")
                .asLong();
        String pieces = "/api/v1/imports/%s?offset=".formatted(head.digest());
        try (RandomAccessFile content = new RandomAccessFile(file.toFile(), "r")) {
            while (offset < fileBytes && offset < head.sizeBytes()) {
                byte[] piece = new byte[(int) Math.min(PIECE_BYTES, fileBytes - offset)];
                content.seek(offset);
                content.readFully(piece);
                long next = api.sendBytes("PUT", pieces + offset, piece)
                        .path("nextOffset")
                        .asLong();
                if (next == offset) {
                    break; // the file ends within this blob
                }
                offset = next;
            }
        }
        return api.post(
                "/api/v1/models/%s/imports".formatted(ApiClient.segment(model)),
                Map.of("stackDigest", head.digest().toString(), "fileBytes", fileBytes));
    }

    private void requireSignedAndWhole() throws IOException {
        StackFileCheck.Result checked = StackFileCheck.check(file);
        FileSigners.require(checked.file(), keys);
        if (!checked.bad().isEmpty()) {
            throw new StackFileException("%d blobs are corrupt, the first is %s; get the file again"
                    .formatted(checked.bad().size(), checked.bad().getFirst()));
        }
    }

    @Override
    void print(JsonNode imported) {
        JsonNode version = imported.path("version");
        out().println("%s version %s, stack %s"
                .formatted(
                        version.path("model").asString(),
                        version.path("version").asString(),
                        version.path("stackDigest").asString()));
        if (imported.path("truncated").asBoolean()) {
            out().println("the file was cut: this is the smaller model of its first %s blocks of %s"
                    .formatted(
                            imported.path("blocks").asString(),
                            imported.path("ofBlocks").asString()));
        }
    }
}
