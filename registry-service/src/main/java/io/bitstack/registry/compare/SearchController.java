package io.bitstack.registry.compare;

import io.bitstack.registry.Page;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The route of searches. */
@RestController
class SearchController {
    private final VersionSearch search;

    SearchController(VersionSearch search) {
        this.search = search;
    }

    /**
     * Versions that a filter fits, by model and number unless another order is wanted.
     *
     * @param filter such as {@code name like 'prose%' and bpw < 4.5 and tags.team = 'nlp'}; blank for all
     * @param sort {@code name}, {@code version}, {@code sizeBytes}, {@code bpw}, {@code perplexity} or {@code createdAt}; after a
     *     minus the largest first
     */
    @GetMapping("/api/v1/search")
    Page<VersionSearch.Hit> search(
            @RequestParam(defaultValue = "") String filter,
            @RequestParam(defaultValue = "name") @Size(max = 50) String sort,
            @RequestParam(required = false) @Nullable String after,
            @RequestParam(defaultValue = "50") @Min(1) @Max(Page.LARGEST) int limit) {
        return search.find(filter, sort, after, limit);
    }
}
