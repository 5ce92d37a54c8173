package io.bitstack.registry.lineage;

import io.bitstack.registry.Caller;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** The routes of lineage. */
@RestController
@RequestMapping("/api/v1/models/{model}/versions/{number}/lineage")
class LineageController {
    private final Lineages lineages;

    LineageController(Lineages lineages) {
        this.lineages = lineages;
    }

    /** Names a version. */
    record VersionName(@NotNull String model, @Min(1) int version) {}

    /**
     * What a version was made from.
     *
     * @param job the job that made it; left as it is if left out
     */
    record Made(
            @NotNull @Size(max = 100) List<@Valid @NotNull VersionName> derivedFrom,
            @Nullable @Size(max = 100) String job) {}

    @GetMapping
    Lineages.View get(@PathVariable String model, @PathVariable int number) {
        return lineages.get(model, number);
    }

    /** Says anew which versions it was made from; a circle is refused. */
    @PutMapping
    Lineages.View put(
            @PathVariable String model,
            @PathVariable int number,
            @Valid @RequestBody Made made,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        return lineages.put(model, number, made, principal);
    }
}
