package io.bitstack.registry.mlflow;

import java.util.Map;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Tells MLflow's clients what this server can do, and refuses its other routes in its own shape. */
@RestController
class MlflowServerController {
    @GetMapping("/api/3.0/mlflow/server-info")
    Map<String, Object> info() {
        return Map.of(
                "store_type", "SqlStore",
                "workspaces_enabled", false,
                "trace_archival_enabled", false,
                "multipart_uploads_enabled", false,
                "multipart_downloads_enabled", false);
    }

    @RequestMapping({"/api/2.0/mlflow/**", "/api/2.0/mlflow-artifacts/**", "/api/3.0/mlflow/**"})
    Map<String, Object> refuse(jakarta.servlet.http.HttpServletRequest request) {
        throw new MlflowException(
                MlflowCode.ENDPOINT_NOT_FOUND,
                "This registry has no route %s %s: of MLflow it serves registered models, model versions and their artifacts"
                        .formatted(request.getMethod(), request.getRequestURI()));
    }
}
