package io.bitstack.registry.mlflow;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.InputStreamResource;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.util.UriUtils;

/** The reading half of MLflow's artifacts proxy: stacks are published, never uploaded file by file. */
@RestController
@RequestMapping("/api/2.0/mlflow-artifacts/artifacts")
class MlflowArtifactController {
    private static final String ROOT = "/api/2.0/mlflow-artifacts/artifacts/";

    private final MlflowArtifacts artifacts;

    MlflowArtifactController(MlflowArtifacts artifacts) {
        this.artifacts = artifacts;
    }

    /** A directory. */
    record Listing(List<MlflowArtifacts.Entry> files) {}

    @GetMapping
    Listing list(@RequestParam(required = false) @Nullable String path) {
        return new Listing(artifacts.list(Wanted.text("path", path)));
    }

    @GetMapping("/**")
    ResponseEntity<InputStreamResource> download(HttpServletRequest request) throws IOException {
        String path = UriUtils.decode(request.getRequestURI().substring(ROOT.length()), StandardCharsets.UTF_8);
        MlflowArtifacts.Content content = artifacts.open(path);
        return ResponseEntity.ok()
                .contentType(MediaType.APPLICATION_OCTET_STREAM)
                .contentLength(content.sizeBytes())
                .body(new InputStreamResource(content.stream()));
    }
}
