package io.bitstack.registry.rollout;

import io.bitstack.registry.Caller;
import io.bitstack.registry.Page;
import io.bitstack.registry.deployment.Deployments;
import io.bitstack.registry.deployment.Sizing;
import io.bitstack.registry.node.FleetView;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.net.URI;
import java.util.List;
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

/** The routes of rollouts, and of what a deployment means for each node. */
@RestController
@RequestMapping("/api/v1")
class RolloutController {
    private final Rollouts rollouts;
    private final Deployments deployments;
    private final FleetView fleet;

    RolloutController(Rollouts rollouts, Deployments deployments, FleetView fleet) {
        this.rollouts = rollouts;
        this.deployments = deployments;
        this.fleet = fleet;
    }

    /**
     * A rollout to begin.
     *
     * @param version that the deployment is to have; or else
     * @param sizing that it is to have
     * @param steps the last one, every node, need not be written
     */
    record Wanted(
            @Nullable @Min(1) Integer version,
            @Nullable @Valid Sizing sizing,
            @Nullable @Size(max = 50) List<@Valid @NotNull Step> steps,
            @Nullable @Valid Gate gate) {}

    @PostMapping("/deployments/{id}/rollouts")
    ResponseEntity<Rollout> start(
            @PathVariable long id,
            @Valid @RequestBody Wanted wanted,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        List<Step> steps = wanted.steps();
        Gate gate = wanted.gate();
        Rollout made = rollouts.start(
                id,
                wanted.version(),
                wanted.sizing(),
                steps == null ? List.of() : steps,
                gate == null ? Gate.defaults() : gate,
                principal);
        return ResponseEntity.created(URI.create("/api/v1/rollouts/" + made.id()))
                .body(made);
    }

    /** Each node that a deployment concerns: what it ought to be and what it is. */
    @GetMapping("/deployments/{id}/nodes")
    Page<FleetView.Concerned> nodes(@PathVariable long id) {
        deployments.get(id);
        List<FleetView.Concerned> all = fleet.concernedBy(id);
        return Page.of(all, Math.max(1, all.size()), node -> node, FleetView.Concerned::name);
    }

    @GetMapping("/rollouts")
    Page<Rollout> list(
            @RequestParam(defaultValue = "0") @Min(0) long after,
            @RequestParam(defaultValue = "50") @Min(1) @Max(Page.LARGEST) int limit) {
        return Page.of(rollouts.list(after, limit + 1), limit, rollout -> rollout, last -> Long.toString(last.id()));
    }

    @GetMapping("/rollouts/{id}")
    Rollout.Whole get(@PathVariable long id) {
        return rollouts.get(id);
    }

    @PostMapping("/rollouts/{id}/pause")
    Rollout pause(
            @PathVariable long id,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        return rollouts.change(id, RolloutState.PAUSED, principal);
    }

    @PostMapping("/rollouts/{id}/resume")
    Rollout resume(
            @PathVariable long id,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        return rollouts.change(id, RolloutState.RUNNING, principal);
    }

    /** Takes every node back to what it was. */
    @PostMapping("/rollouts/{id}/abort")
    Rollout abort(
            @PathVariable long id,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        return rollouts.change(id, RolloutState.ABORTED, principal);
    }
}
