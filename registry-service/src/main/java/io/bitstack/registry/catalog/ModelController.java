package io.bitstack.registry.catalog;

import io.bitstack.registry.Caller;
import io.bitstack.registry.Page;
import io.bitstack.registry.model.Model;
import io.bitstack.registry.model.Models;
import io.bitstack.registry.tag.TagOwner;
import io.bitstack.registry.tag.Tags;
import io.bitstack.registry.version.AliasView;
import io.bitstack.registry.version.Aliases;
import io.bitstack.registry.version.Version;
import io.bitstack.registry.version.VersionView;
import io.bitstack.registry.version.Versions;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The routes of models. */
@RestController
@RequestMapping("/api/v1/models")
class ModelController {
    private final Models models;
    private final Versions versions;
    private final Aliases aliases;
    private final Tags tags;

    ModelController(Models models, Versions versions, Aliases aliases, Tags tags) {
        this.models = models;
        this.versions = versions;
        this.aliases = aliases;
        this.tags = tags;
    }

    /** A model to be registered. */
    record Registration(
            @NotNull String name,
            @Nullable @Size(max = 2000) String description) {}

    /** What is to change; what is left out stays. */
    record Change(
            @Nullable String name,
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
        List<Model> page = models.list(after, limit + 1);
        List<Long> ids = page.stream().map(Model::id).toList();
        Map<Long, Map<String, String>> written = tags.of(TagOwner.MODEL, ids);
        Map<Long, Version> newest = versions.newest(ids);
        Map<Long, List<AliasView>> named = aliases.of(ids);
        return Page.of(
                page,
                limit,
                model -> view(
                        model,
                        written.getOrDefault(model.id(), Map.of()),
                        newest.get(model.id()),
                        named.getOrDefault(model.id(), List.of())),
                Model::name);
    }

    @GetMapping("/{name}")
    ModelView get(@PathVariable String name) {
        return view(models.require(name));
    }

    @PatchMapping("/{name}")
    ModelView change(
            @PathVariable String name,
            @Valid @RequestBody Change change,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        return view(models.change(name, change.name(), change.description(), principal));
    }

    /** The first phase of deletion; the second is a collection after the grace period. */
    @DeleteMapping("/{name}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void delete(
            @PathVariable String name,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        models.condemn(name, principal);
    }

    /** Takes the last deletion of a model of this name back. */
    @PostMapping("/{name}/restore")
    ModelView restore(
            @PathVariable String name,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        return view(models.restore(name, principal));
    }

    private ModelView view(Model model) {
        return view(
                model,
                tags.of(TagOwner.MODEL, model.id()),
                versions.newest(model).orElse(null),
                aliases.of(model));
    }

    private static ModelView view(
            Model model, Map<String, String> written, @Nullable Version newest, List<AliasView> named) {
        return new ModelView(
                model.name(),
                model.description(),
                model.createdAt(),
                model.updatedAt(),
                written.isEmpty() ? null : written,
                newest == null ? null : VersionView.of(newest),
                named);
    }
}
