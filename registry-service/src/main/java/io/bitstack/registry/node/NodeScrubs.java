package io.bitstack.registry.node;

import io.bitstack.registry.scrub.ScrubResults;
import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Writes down what nodes say of the scrubs of their caches. */
@Component
class NodeScrubs {
    /** No clock of a node that is worth noting is so wrong. */
    private static final Instant LATEST = Instant.parse("9999-01-01T00:00:00Z");

    private final ScrubResults results;

    NodeScrubs(ScrubResults results) {
        this.results = results;
    }

    /**
     * Reports say the same until another scrub is done.
     *
     * @throws ApiException {@code REQUEST_INVALID} where the numbers contradict each other
     */
    void heard(String node, NodeReport.@Nullable Scrub before, NodeReport.@Nullable Scrub scrub, String principal) {
        if (scrub == null || scrub.equals(before)) {
            return;
        }
        boolean makesSense = !scrub.startedAt().isBefore(Instant.EPOCH)
                && !scrub.endedAt().isBefore(scrub.startedAt())
                && scrub.endedAt().isBefore(LATEST)
                && scrub.corruptBlobs() <= scrub.checkedBlobs()
                && scrub.repairedBlobs() <= scrub.corruptBlobs();
        if (!makesSense) {
            throw new ApiException(
                    CommonCode.REQUEST_INVALID,
                    "a scrub ends after it began, finds no more than it checked, and repairs no more than it found: "
                            + scrub);
        }
        results.scrubbed(
                node,
                new ScrubResults.NodeScrub(
                        scrub.startedAt(),
                        scrub.endedAt(),
                        scrub.checkedBlobs(),
                        scrub.checkedBytes(),
                        scrub.corruptBlobs(),
                        scrub.repairedBlobs()),
                principal);
    }
}
