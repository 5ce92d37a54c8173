package io.bitstack.inference.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopTextTest {
    @Test
    void cutsAtTheFirstStopStringHoweverTheTextIsSplit() {
        Random random = new Random(3);
        for (int round = 0; round < 2000; round++) {
            String text = random.ints(random.nextInt(30), 'a', 'd')
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();
            List<String> stops = List.of("abca", "bb", "cab");
            int expected = text.length();
            for (int end = 1; end <= text.length(); end++) {
                String seen = text.substring(0, end);
                int cut = stops.stream()
                        .filter(seen::contains)
                        .mapToInt(seen::indexOf)
                        .min()
                        .orElse(-1);
                if (cut >= 0) {
                    expected = cut;
                    break;
                }
            }
            StopText stop = new StopText(stops);
            StringBuilder out = new StringBuilder();
            for (int at = 0; at < text.length(); at++) {
                out.append(stop.accept(text.substring(at, at + 1)));
                assertThat(text).startsWith(out.toString());
            }
            out.append(stop.finish());
            assertThat(out.toString()).isEqualTo(text.substring(0, expected));
        }
    }

    @Test
    void holdsBackNoMoreThanItMust() {
        StopText stop = new StopText(List.of("END"));
        assertThat(stop.accept("one E")).isEqualTo("one ");
        assertThat(stop.accept("N")).isEmpty();
        assertThat(stop.accept("O E")).isEqualTo("ENO ");
        assertThat(stop.finish()).isEqualTo("E");
        assertThat(stop.stopped()).isFalse();
    }
}
