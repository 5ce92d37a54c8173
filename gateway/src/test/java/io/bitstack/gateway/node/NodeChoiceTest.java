package io.bitstack.gateway.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.gateway.settings.GatewaySettings.Preference;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
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

    private static NodeView node(int number) {
        return new NodeView(
                "n" + number, URI.create("http://127.0.0.1:1"), "token", "ready", "demo", 1, 4, null, 1024, 0);
    }

    @Test
    void manyNodesUnderChangingLoadAreAllListed() {
        List<NodeView> nodes =
                IntStream.range(0, 500).mapToObj(NodeChoiceTest::node).toList();
        for (Preference preference : Preference.values()) {
            Wish wish = new Wish(MODEL, null, 0, preference);
            for (int i = 0; i < 50; i++) {
                assertThat(NodeChoice.order(nodes, wish, new Restless(), Optional.of("n7"), 0.25))
                        .hasSameElementsAs(nodes)
                        .startsWith(nodes.get(7));
            }
        }
    }
}
