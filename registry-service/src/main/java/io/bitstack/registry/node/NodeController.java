package io.bitstack.registry.node;

import io.bitstack.registry.Caller;
import io.bitstack.registry.Page;
import jakarta.validation.Valid;
import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The routes of nodes. */
@RestController
@RequestMapping("/api/v1")
class NodeController {
    private static final int MOST_FOR_GATEWAY = 10_000;

    private final Nodes nodes;

    NodeController(Nodes nodes) {
        this.nodes = nodes;
    }

    /**
     * A change of what a node ought to be.
     *
     * @param budgetBytes null beside a share of null gives the node back to its deployment's policy or its own setting
     * @param budgetShare of the memory that the node has
     */
    record Change(
            @Nullable @Min(1) Long budgetBytes,
            @Nullable @DecimalMin("0.01") @DecimalMax("1") Double budgetShare) {}

    /** @param labels given to the node, all of them; they come before those that it reports */
    record GivenLabels(@NotNull @Size(max = 64) Map<@Size(max = 63) String, @Size(max = 200) String> labels) {}

    @PutMapping("/nodes/{name}")
    Nodes.Desired heartbeat(
            @PathVariable String name,
            @Valid @RequestBody NodeReport report,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        return nodes.heard(name, report, principal);
    }

    @GetMapping("/nodes")
    Page<NodeView> list(
            @RequestParam(defaultValue = "") String after,
            @RequestParam(defaultValue = "50") @Min(1) @Max(Page.LARGEST) int limit) {
        return Page.of(nodes.list(after, limit + 1, false), limit, view -> view, NodeView::name);
    }

    @GetMapping("/nodes/{name}")
    NodeView get(@PathVariable String name) {
        return nodes.get(name);
    }

    @PatchMapping("/nodes/{name}")
    NodeView change(
            @PathVariable String name,
            @Valid @RequestBody Change change,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        return nodes.desireBudget(name, change.budgetBytes(), change.budgetShare(), principal);
    }

    @PutMapping("/nodes/{name}/labels")
    NodeView label(
            @PathVariable String name,
            @Valid @RequestBody GivenLabels given,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        return nodes.label(name, given.labels(), principal);
    }

    /** Keeps new requests from a node; it ends those that it has, and stays what it is otherwise. */
    @PostMapping("/nodes/{name}/drain")
    NodeView drain(
            @PathVariable String name,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        return nodes.drain(name, true, principal);
    }

    @PostMapping("/nodes/{name}/undrain")
    NodeView undrain(
            @PathVariable String name,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        return nodes.drain(name, false, principal);
    }

    /** Takes a node's key away; the node stays in the list and may join again. */
    @PostMapping("/nodes/{name}/revoke")
    NodeView revoke(
            @PathVariable String name,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        return nodes.revoke(name, principal);
    }

    @DeleteMapping("/nodes/{name}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void remove(
            @PathVariable String name,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        nodes.remove(name, principal);
    }

    /** For the gateway, which has to show each node its access token. */
    @GetMapping("/internal/nodes")
    List<NodeView> forGateway() {
        return nodes.list("", MOST_FOR_GATEWAY, true);
    }
}
