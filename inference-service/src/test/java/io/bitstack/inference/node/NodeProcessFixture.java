package io.bitstack.inference.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.SharedClasses;
import io.bitstack.service.access.CallerIdentity;
import io.bitstack.service.access.InternalTokens;
import io.bitstack.service.access.PlatformService;
import io.bitstack.service.access.Role;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Starts nodes in processes of their own, asks them, and looks into their caches. */
abstract class NodeProcessFixture extends EdgeNodeFixture {
    static final int ALL = MANIFEST.blocks().size();
    static final String TOKEN = "token-of-the-test";

    /** The code of a node that lives for seconds is compiled in haste: that is most of what its start costs. */
    final NodeProcess start(String name, String... further) throws IOException {
        List<String> options = new ArrayList<>(SharedClasses.options("node"));
        options.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        return NodeProcess.start(directory.resolve(name + ".log"), arguments(further), options, List.of());
    }

    /** @param further in place of usual ones of the same name, too */
    final List<String> arguments(String... further) {
        List<String> arguments = new ArrayList<>(List.of(further));
        for (String usual : List.of(
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--management.server.port=0",
                "--spring.main.banner-mode=off",
                "--bitstack.node.name=edge-1",
                "--bitstack.node.gateway-url=" + platform.url(),
                "--bitstack.node.api-key=" + PlatformServer.KEY,
                "--bitstack.node.access-token=" + TOKEN,
                "--bitstack.node.drain-delay=0s",
                "--bitstack.node.heartbeat-interval=20ms",
                "--bitstack.node.budget-bytes=" + budgetFor(ALL))) {
            String name = usual.substring(0, usual.indexOf('=') + 1);
            if (Stream.of(further).noneMatch(argument -> argument.startsWith(name))) {
                arguments.add(usual);
            }
        }
        return arguments;
    }

    final String cache() {
        return "--bitstack.node.cache-directory=" + directory.resolve("cache");
    }

    /** What the node that reported last answers, with the scores of its first tokens: the same bytes give the same answer. */
    final JsonNode answer() throws Exception {
        return answer(URI.create(platform.lastReport.path("url").asString()));
    }

    static JsonNode answer(URI node) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(node.resolve("/v1/completions"))
                            .header(
                                    "Authorization",
                                    new InternalTokens(TOKEN)
                                            .header(
                                                    new CallerIdentity("test", Role.INFER),
                                                    PlatformService.NODE,
                                                    "POST",
                                                    "/v1/completions"))
                            .header("Content-Type", "application/json")
                            .POST(
                                    HttpRequest.BodyPublishers.ofString(
                                            "{\"model\":\"tiny\",\"prompt\":[1,0,1,1],\"max_tokens\":8,\"temperature\":0,\"logprobs\":2}"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
            return JsonMapper.shared().readTree(response.body()).path("choices");
        }
    }

    /** Every finished file in the cache is what its name says. */
    final void assertWholeCache() throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("cache"), 2)) {
            for (Path file : files.filter(f -> f.getFileName().toString().matches("[0-9a-f]{62}"))
                    .toList()) {
                String hex = Objects.requireNonNull(file.getParent()).getFileName()
                        + file.getFileName().toString();
                assertThat(Digest.of(Files.readAllBytes(file)).hex()).isEqualTo(hex);
            }
        }
    }

    final boolean isWhole(Digest digest) {
        try {
            return Digest.of(Files.readAllBytes(cached(digest))).equals(digest);
        } catch (IOException e) {
            return false; // between thrown away and fetched again
        }
    }

    /** Turns a bit of a file as a bad disk does: whoever has it mapped sees it. */
    final void turnBit(Digest digest) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(cached(digest).toFile(), "rw")) {
            bytes.seek(9);
            int one = bytes.read();
            bytes.seek(9);
            bytes.write(one ^ 0x10);
        }
    }

    static boolean hasLogged(NodeProcess node, String words) {
        try {
            return node.log().contains(words);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    final long corruptBlobs() {
        return platform.lastReport.path("corruptBlobs").asLong(-1);
    }

    final String problem() {
        return platform.lastReport.path("problem").asString("");
    }
}
