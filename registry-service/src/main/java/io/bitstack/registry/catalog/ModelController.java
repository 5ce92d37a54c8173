package io.bitstack.registry.catalog;

import io.bitstack.registry.Caller;
import io.bitstack.registry.Page;
import io.bitstack.registry.model.Model;
import io.bitstack.registry.model.Models;
import io.bitstack.registry.version.VersionView;
import io.bitstack.registry.version.Versions;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The routes of models. */
@RestController
@RequestMapping("/api/v1/models")
class ModelController {
    private final Models models;
    private final Versions versions;

    ModelController(Models models, Versions versions) {
        this.models = models;
        this.versions = versions;
    }

    /** A model to be registered. */
    record Registration(
            @NotNull String name,
            @Nullable @Size(max = 2000) String description) {}

    @PostMapping
    ResponseEntity<ModelView> register(
            @Valid @RequestBody Registration registration,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        String description = registration.description();
        Model model = models.register(registration.name(), description == null ? "" : description, principal);
        return ResponseEntity.created(URI.create("/api/v1/models/" + model.name()))
                .body(view(model));
    }

    @GetMapping
    Page<ModelView> list(
            @RequestParam(defaultValue = "") String after,
            @RequestParam(defaultValue = "50") @Min(1) @Max(Page.LARGEST) int limit) {
        return Page.of(models.list(after, limit + 1), limit, this::view, Model::name);
    }

    @GetMapping("/{name}")
    ModelView get(@PathVariable String name) {
        return view(models.require(name));
    }

    private ModelView view(Model model) {
        return new ModelView(
                model.name(),
                model.description(),
                model.createdAt(),
                versions.newest(model).map(VersionView::of).orElse(null),
                versions.aliases(model));
    }
}
