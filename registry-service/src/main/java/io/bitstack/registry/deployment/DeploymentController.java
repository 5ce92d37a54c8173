package io.bitstack.registry.deployment;

import io.bitstack.registry.Caller;
import io.bitstack.registry.Page;
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
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The routes of deployments. */
@RestController
@RequestMapping("/api/v1/deployments")
class DeploymentController {
    private static final int DEFAULT_CONTEXT_TOKENS = 1024;

    private final Deployments deployments;

    DeploymentController(Deployments deployments) {
        this.deployments = deployments;
    }

    /**
     * A deployment to be made.
     *
     * @param nodes names; left out for those that the selector chooses, and for every node where there is none
     * @param selector labels that a node must have
     */
    record Wanted(
            @NotNull String model,
            @Nullable String alias,
            @Nullable @Min(1) Integer version,
            @Nullable @Min(1) @Max(1 << 20) Integer contextTokens,
            @Nullable @Size(max = 1000) List<String> nodes,
            @Nullable @Size(max = 64) Map<@Size(max = 63) String, @Size(max = 200) String> selector,
            @Nullable @Valid Sizing sizing) {}

    @PostMapping
    ResponseEntity<DeploymentView> create(
            @Valid @RequestBody Wanted wanted,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        Integer contextTokens = wanted.contextTokens();
        Map<String, String> selector = wanted.selector();
        Sizing sizing = wanted.sizing();
        DeploymentView made = deployments.create(
                wanted.model(),
                wanted.alias(),
                wanted.version(),
                contextTokens == null ? DEFAULT_CONTEXT_TOKENS : contextTokens,
                new Deployments.Choice(wanted.nodes(), selector == null ? Map.of() : selector),
                sizing == null ? Sizing.OWN : sizing,
                principal);
        return ResponseEntity.created(URI.create("/api/v1/deployments/" + made.id()))
                .body(made);
    }

    @GetMapping
    Page<DeploymentView> list(
            @RequestParam(defaultValue = "0") @Min(0) long after,
            @RequestParam(defaultValue = "50") @Min(1) @Max(Page.LARGEST) int limit) {
        return Page.of(deployments.list(after, limit + 1), limit, view -> view, last -> Long.toString(last.id()));
    }

    @GetMapping("/{id}")
    DeploymentView get(@PathVariable long id) {
        return deployments.get(id);
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void remove(
            @PathVariable long id,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        deployments.remove(id, principal);
    }
}
