package io.bitstack.compression;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.stack.FileBlobStore;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A job whose blobs go to a file system that is really full, and then is not. Needs Linux and the right to mount, and is skipped without. */
class FullDiskTest {
    private static final int MATRICES = 16;

    @TempDir
    Path directory;

    @Test
    void theJobWaitsForRoomAndEncodesNoMatrixTwice() throws Exception {
        Path models = Files.createDirectory(directory.resolve("models"));
        Path model = models.resolve("tiny.gguf");
        try (InputStream content = Objects.requireNonNull(getClass().getResourceAsStream("/gguf/llama.gguf"))) {
            Files.copy(content, model);
        }
        // Twenty pages, each of which holds a small blob.
        try (SmallDisk disk = SmallDisk.mount(directory.resolve("disk"), "80k");
                ServiceFixture service = ServiceFixture.compressing(models, new FileBlobStore(disk.path()))) {
            HttpResponse<String> created =
                    service.post("/api/v1/jobs", """
                    {"model":"demo","source":{"path":"%s"},"order":"proxy","contextTokens":64,"calibrationText":"%s",
                     "parameters":{"levels":"4","calibrationWindows":"4","orderWindows":"1","evaluationWindows":"1"}}""".formatted(model, "The hat on the tent is an ant's. ".repeat(100)));
            assertThat(created.statusCode()).as(created.body()).isEqualTo(202);
            String id = service.parse(created.body()).path("id").asString();
            service.await(
                    "the disk to be full",
                    () -> service.log(id).stream().anyMatch(line -> line.contains("No space left on device")));
            assertThat(service.encoded(id)).isBetween(1, MATRICES - 1);

            disk.resize("64m");
            JsonNode job = service.finished(id);
            assertThat(job.path("state").asString()).as(job.toString()).isEqualTo("done");
            assertThat(service.encoded(id)).isEqualTo(MATRICES);
        }
    }
}
