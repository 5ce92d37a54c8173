package io.bitstack.registry.version;

import io.bitstack.registry.Caller;
import io.bitstack.registry.Page;
import io.bitstack.registry.model.Models;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The routes of aliases. */
@RestController
@RequestMapping("/api/v1/models/{model}/aliases")
class AliasController {
    private final Aliases aliases;
    private final Models models;

    AliasController(Aliases aliases, Models models) {
        this.aliases = aliases;
        this.models = models;
    }

    /** Where an alias is to point. */
    record AliasTarget(@Min(1) int version) {}

    @GetMapping
    List<AliasView> list(@PathVariable String model) {
        return aliases.of(models.require(model));
    }

    @GetMapping("/{alias}")
    ResponseEntity<AliasView> get(@PathVariable String model, @PathVariable String alias) {
        return tagged(aliases.get(model, alias));
    }

    /** {@code If-Match} with the alias's ETag moves it only if nobody else did; {@code If-None-Match: *} only makes it. */
    @PutMapping("/{alias}")
    ResponseEntity<AliasView> point(
            @PathVariable String model,
            @PathVariable String alias,
            @Valid @RequestBody AliasTarget target,
            @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) @Nullable String ifMatch,
            @RequestHeader(name = HttpHeaders.IF_NONE_MATCH, required = false) @Nullable String ifNoneMatch,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        return tagged(aliases.point(model, alias, target.version(), ifMatch, "*".equals(ifNoneMatch), principal));
    }

    @DeleteMapping("/{alias}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void remove(
            @PathVariable String model,
            @PathVariable String alias,
            @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) @Nullable String ifMatch,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        aliases.remove(model, alias, ifMatch, principal);
    }

    @GetMapping("/{alias}/history")
    Page<AliasChange.View> history(
            @PathVariable String model,
            @PathVariable String alias,
            @RequestParam(defaultValue = "0") long after,
            @RequestParam(defaultValue = "50") @Min(1) @Max(Page.LARGEST) int limit) {
        return Page.of(
                aliases.history(model, alias, after, limit + 1), limit, view -> view, last -> Long.toString(last.id()));
    }

    private static ResponseEntity<AliasView> tagged(AliasView alias) {
        return ResponseEntity.ok().eTag(alias.etag()).body(alias);
    }
}
