package io.bitstack.compression.publish;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import io.bitstack.compression.settings.CompressionSettings;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.service.access.CallerIdentity;
import io.bitstack.service.access.InternalTokens;
import io.bitstack.service.access.PlatformService;
import io.bitstack.service.access.Role;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The registry, as far as compression needs it: is there such a model, and here is a stack for it. */
@Component
public class Registry {
    /** The registry checks that every blob is there before it answers, which takes a while for a large stack. */
    private static final Duration TIMEOUT = Duration.ofMinutes(5);

    private final HttpClient client = HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(10))
            .version(HttpClient.Version.HTTP_1_1)
            .build();
    private static final CallerIdentity SELF = new CallerIdentity("compression-service", Role.SERVICE);

    private final CompressionSettings settings;
    private final InternalTokens tokens;
    private final ManifestWriter manifests;
    private final JsonMapper json;

    Registry(CompressionSettings settings, InternalTokens tokens, ManifestWriter manifests, JsonMapper json) {
        this.settings = settings;
        this.tokens = tokens;
        this.manifests = manifests;
        this.json = json;
    }

    /** @throws CompressionException {@code MODEL_NOT_FOUND}, {@code REGISTRY_UNREACHABLE}, {@code REGISTRY_REFUSED} */
    public void requireModel(String model) {
        HttpResponse<byte[]> response =
                send(request("/models/" + encoded(model)).GET().build());
        if (response.statusCode() == 404) {
            throw new CompressionException(
                    ErrorCode.MODEL_NOT_FOUND, "the registry has no model '%s'; register it first".formatted(model));
        }
        requireSuccess(response, "asked for model '%s'".formatted(model));
    }

    /**
     * Commits a stack as a new version. Its blobs have to be in the blob store.
     *
     * @param again whether an earlier run of the same job may have committed it; then that version is returned
     * @throws CompressionException {@code REGISTRY_REFUSED} with the registry's reason, {@code REGISTRY_UNREACHABLE}
     */
    public PublishedVersion publish(String model, StackManifest manifest, boolean again) {
        byte[] content = manifests.canonicalBytes(manifest);
        Digest digest = Digest.of(content);
        String path = "/models/" + encoded(model) + "/versions";
        if (again) {
            HttpResponse<byte[]> listed = send(request(path).GET().build());
            requireSuccess(listed, "asked for the versions of model '%s'".formatted(model));
            JsonNode body = body(listed);
            for (JsonNode version : body.isArray() ? body : body.path("items")) {
                if (digest.toString().equals(version.path("stackDigest").asString(""))) {
                    return new PublishedVersion(version.path("version").asInt(), digest);
                }
            }
        }
        HttpResponse<byte[]> response = send(request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(content))
                .build());
        requireSuccess(response, "given a stack for model '%s'".formatted(model));
        JsonNode body = body(response);
        if (!body.path("version").isInt()
                || !digest.toString().equals(body.path("stackDigest").asString(""))) {
            throw new CompressionException(
                    ErrorCode.REGISTRY_REFUSED,
                    "the registry's answer does not name a version of stack %s: %s"
                            .formatted(digest, excerpt(response)));
        }
        return new PublishedVersion(body.path("version").asInt(), digest);
    }

    /** Sets tags of a version, and keeps its others. */
    public void tagVersion(String model, int version, Map<String, String> tags) {
        HttpResponse<byte[]> response = send(request("/models/%s/versions/%d/tags".formatted(encoded(model), version))
                .header("Content-Type", "application/json")
                .method("PATCH", HttpRequest.BodyPublishers.ofByteArray(json.writeValueAsBytes(tags)))
                .build());
        requireSuccess(response, "given tags of version %d of model '%s'".formatted(version, model));
    }

    /** Tells the platform that a job failed; what follows from it is the registry's to decide. */
    public void jobFailed(UUID job, String model, ErrorCode code, String detail) {
        Map<String, Object> report = Map.of(
                "type",
                "io.bitstack.job.failed",
                "subject",
                "jobs/" + job,
                "data",
                Map.of("model", model, "code", code.name(), "detail", detail));
        HttpResponse<byte[]> response = send(request("/internal/events")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(json.writeValueAsBytes(report)))
                .build());
        requireSuccess(response, "told of the failed job %s".formatted(job));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base() + "/api/v1" + path))
                .timeout(TIMEOUT)
                .header("Accept", "application/json, application/problem+json");
    }

    private HttpResponse<byte[]> send(HttpRequest unsigned) {
        HttpRequest request = HttpRequest.newBuilder(unsigned, (_, _) -> true)
                .header(
                        "Authorization",
                        tokens.header(
                                SELF,
                                PlatformService.REGISTRY,
                                unsigned.method(),
                                unsigned.uri().getRawPath()))
                .build();
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new CompressionException(
                    ErrorCode.REGISTRY_UNREACHABLE,
                    "the registry at %s does not answer (%s); check bitstack.registry-url and that it runs"
                            .formatted(base(), e),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while waiting for the registry");
        }
    }

    private void requireSuccess(HttpResponse<byte[]> response, String doing) {
        int status = response.statusCode();
        if (status / 100 == 2) {
            return;
        }
        ErrorCode code = status >= 500 ? ErrorCode.REGISTRY_UNREACHABLE : ErrorCode.REGISTRY_REFUSED;
        throw new CompressionException(
                code, "the registry, %s, answered %d: %s".formatted(doing, status, reason(response)));
    }

    /** The code and detail of a problem, or the beginning of whatever it was. */
    private String reason(HttpResponse<byte[]> response) {
        try {
            JsonNode problem = json.readTree(response.body());
            String detail = problem.path("detail").asString("");
            if (!detail.isEmpty()) {
                return problem.path("code").asString("no code") + ", " + detail;
            }
        } catch (JacksonException e) {
            return excerpt(response) + " (not a problem+json body)";
        }
        return excerpt(response);
    }

    private JsonNode body(HttpResponse<byte[]> response) {
        try {
            return json.readTree(response.body());
        } catch (JacksonException e) {
            throw new CompressionException(
                    ErrorCode.REGISTRY_REFUSED, "the registry's answer is not JSON: " + excerpt(response), e);
        }
    }

    private static String excerpt(HttpResponse<byte[]> response) {
        String text = new String(response.body(), StandardCharsets.UTF_8);
        return text.length() <= 300 ? text : text.substring(0, 300) + "…";
    }

    private String base() {
        String url = settings.requiredRegistryUrl().toString();
        return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    }

    private static String encoded(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
