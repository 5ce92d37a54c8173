package io.bitstack.inference.channel;

import io.bitstack.service.channel.WorkHead;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/** Asks the node at its own port, so that a request that came over a channel passes all that one from outside would. */
@Component
class OwnPort {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final String INFERENCE = "/v1/";
    /** What the connection sets for itself. */
    private static final Set<String> OWN_HEADERS =
            Set.of("connection", "content-length", "expect", "host", "keep-alive", "transfer-encoding", "upgrade");

    private final Environment environment;

    OwnPort(Environment environment) {
        this.environment = environment;
    }

    /** A request under way. */
    static final class Asked {
        private final CompletableFuture<HttpResponse<InputStream>> answer;

        private Asked(CompletableFuture<HttpResponse<InputStream>> answer) {
            this.answer = answer;
        }

        /** @throws IOException if it did not come, or was given up */
        HttpResponse<InputStream> await() throws IOException {
            try {
                return answer.join();
            } catch (CompletionException | CancellationException e) {
                throw new IOException(
                        e.getCause() == null ? e.toString() : e.getCause().toString(), e);
            }
        }

        /** Closes the connection, from any thread: what was asked for is computed no further. */
        void giveUp() {
            answer.cancel(true);
            var _ = answer.whenComplete((response, _) -> {
                if (response != null) {
                    close(response.body());
                }
            });
        }

        private static void close(InputStream body) {
            try {
                body.close();
            } catch (IOException e) {
                // It was broken already, and nobody reads it.
                return;
            }
        }
    }

    /** @throws IOException if such a request is not one that a node is asked */
    Asked ask(HttpClient http, WorkHead head, byte[] body) throws IOException {
        if (!head.path().startsWith(INFERENCE)) {
            throw new IOException("a node is asked below " + INFERENCE + " only");
        }
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(address().resolve(head.path()))
                    .method(
                            head.method(),
                            body.length == 0
                                    ? HttpRequest.BodyPublishers.noBody()
                                    : HttpRequest.BodyPublishers.ofByteArray(body));
            head.headers().forEach((name, values) -> {
                if (!OWN_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
                    values.forEach(value -> request.header(name, value));
                }
            });
            return new Asked(http.sendAsync(request.build(), HttpResponse.BodyHandlers.ofInputStream()));
        } catch (IllegalArgumentException e) {
            throw new IOException("not a request: " + e.getMessage(), e);
        }
    }

    HttpClient.Builder client() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT_TIMEOUT)
                .followRedirects(HttpClient.Redirect.NEVER);
    }

    private URI address() {
        String set = environment.getProperty("server.address", "");
        String host = set.isBlank() || set.equals("0.0.0.0") || set.equals("::") ? "127.0.0.1" : set;
        String shown = host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
        return URI.create("http://%s:%s".formatted(shown, environment.getRequiredProperty("local.server.port")));
    }
}
