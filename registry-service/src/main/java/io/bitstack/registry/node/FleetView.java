package io.bitstack.registry.node;

import io.bitstack.registry.deployment.Deployments;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/** The nodes as those see them who change what nodes ought to be. */
@Service
public class FleetView {
    private static final int PAGE = 500;

    private final Nodes nodes;

    FleetView(Nodes nodes) {
        this.nodes = nodes;
    }

    /** A node: what it is and what it ought to be. */
    record Member(String name, NodeReport report, Nodes.Desired desired) {}

    /**
     * A node that a deployment concerns.
     *
     * @param isReady whether it can be sent requests
     * @param isSettled whether it is ready and has become what it ought to be
     * @param probedFor which probe it last measured of what it holds now; null where none is known
     */
    public record Concerned(
            String name,
            Map<String, String> labels,
            String state,
            boolean isReady,
            boolean isSettled,
            Deployments.Wish wish,
            long budgetBytes,
            int blocks,
            @Nullable Double bpw,
            @Nullable Double tokensPerSecond,
            long endedRequests,
            long failedRequests,
            @Nullable String probedFor,
            @Nullable Double probePerplexity,
            @Nullable String problem) {}

    /** All nodes that a deployment concerns, by name. */
    public List<Concerned> concernedBy(long deployment) {
        List<Concerned> found = new ArrayList<>();
        String after = "";
        List<Member> page;
        do {
            page = nodes.members(after, PAGE);
            page.stream()
                    .map(member -> concerned(member, deployment))
                    .flatMap(Optional::stream)
                    .forEach(found::add);
            after = page.isEmpty() ? "" : page.getLast().name();
        } while (page.size() == PAGE);
        return found;
    }

    private static Optional<Concerned> concerned(Member member, long deployment) {
        Deployments.Wish wish = member.desired().deployment();
        if (wish == null || wish.id() != deployment) {
            return Optional.empty();
        }
        NodeReport report = member.report();
        boolean ready = report.state() == NodeState.READY;
        NodeReport.Requests requests = report.requests();
        NodeReport.Probe probe = report.probe();
        boolean current = probe != null
                && Objects.equals(probe.stackDigest(), report.stackDigest())
                && probe.blocks() == report.blocks();
        Map<String, String> labels = report.labels();
        return Optional.of(new Concerned(
                member.name(),
                labels == null ? Map.of() : labels,
                report.state().wireName(),
                ready,
                ready && member.desired().revision().equals(report.settledOn()),
                wish,
                report.budgetBytes(),
                report.blocks(),
                report.bpw(),
                report.tokensPerSecond(),
                requests == null ? 0 : requests.ended(),
                requests == null ? 0 : requests.failed(),
                probe != null && current ? probe.id() : null,
                probe != null && current ? Double.valueOf(probe.perplexity()) : null,
                report.problem()));
    }
}
