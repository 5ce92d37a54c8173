package io.bitstack.gateway.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.gateway.settings.GatewaySettings.Preference;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Nodes are put in an order while what decides about it goes on changing. */
class NodeChoiceTest {
    private static final WantedModel MODEL = new WantedModel("demo", OptionalInt.empty());

    /** Requests come and go, and nodes get quicker and slower, with every look. */
    private static final class Restless implements NodeChoice.Seen {
        private final SplittableRandom random = new SplittableRandom(3);

        @Override
        public int underWay(String node) {
            return random.nextInt(10);
        }

        @Override
        public double firstTokenNanos(String node) {
            return random.nextDouble();
        }
    }

    /** What was seen of nodes does not change. */
    private record Calm(Map<String, Integer> requests, Map<String, Double> nanos) implements NodeChoice.Seen {
        @Override
        public int underWay(String node) {
            return requests.getOrDefault(node, 0);
        }

        @Override
        public double firstTokenNanos(String node) {
            return nanos.getOrDefault(node, 0.0);
        }
    }

    private static NodeView node(int number) {
        return node("n" + number, 4);
    }

    private static NodeView node(String name, double bpw) {
        return new NodeView(name, URI.create("http://127.0.0.1:1"), "token", "ready", "demo", 1, bpw, null, 1024, 0);
    }

    private static List<String> order(Preference preference, NodeChoice.Seen seen, NodeView... nodes) {
        return NodeChoice.order(List.of(nodes), new Wish(MODEL, null, 0, preference), seen, Optional.empty(), 0)
                .stream()
                .map(NodeView::name)
                .toList();
    }

    /** A quick node with a request is sooner done with another one than a slow node without. */
    @Test
    void whoWantsLatencyIsSentWhereTheFirstTokenWillBeTheSoonestAndNotWhereTheLeastIsUnderWay() {
        Calm seen = new Calm(Map.of("quick", 2, "busy", 9), Map.of("slow", 100e6, "quick", 10e6, "busy", 10.5e6));
        NodeView slow = node("slow", 6);
        NodeView quick = node("quick", 3);
        NodeView busy = node("busy", 4);
        assertThat(order(Preference.LATENCY, seen, slow, quick, busy)).containsExactly("quick", "slow", "busy");
        assertThat(order(Preference.LATENCY, seen, busy, slow, quick)).containsExactly("quick", "slow", "busy");
        assertThat(order(Preference.LATENCY, seen, slow, quick, busy, node("unknown", 2)))
                .as("who was never asked is asked once")
                .containsExactly("unknown", "quick", "slow", "busy");
    }

    /** Latency does not matter there; what is under way does only between equals. */
    @Test
    void whoWantsQualityIsSentToTheMostBitsAndAmongEqualsToTheLeastBusy() {
        Calm seen = new Calm(
                Map.of("best", 9, "busier", 3, "equal", 1), Map.of("best", 900e6, "busier", 1e6, "equal", 90e6));
        assertThat(order(Preference.QUALITY, seen, node("busier", 4), node("equal", 4), node("best", 5)))
                .containsExactly("best", "equal", "busier");
    }

    @Test
    void manyNodesUnderChangingLoadAreAllListed() {
        List<NodeView> nodes =
                IntStream.range(0, 500).mapToObj(NodeChoiceTest::node).toList();
        for (Preference preference : Preference.values()) {
            Wish wish = new Wish(MODEL, null, 0, preference);
            for (int i = 0; i < 50; i++) {
                List<NodeView> ordered = NodeChoice.order(nodes, wish, new Restless(), Optional.of("n7"), 0.25);
                assertThat(ordered).hasSameSizeAs(nodes).startsWith(nodes.get(7));
                // Element by element, as a list would be compared, this took longer than all other tests of the class.
                assertThat(Set.copyOf(ordered)).isEqualTo(Set.copyOf(nodes));
            }
        }
    }
}
