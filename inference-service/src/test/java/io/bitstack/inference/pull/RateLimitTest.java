package io.bitstack.inference.pull;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** All downloads together are no faster than they may be; how much slower a busy machine makes them is not looked at. */
class RateLimitTest {
    private static final int DOWNLOADS = 4;
    private static final int PIECES = 10;
    private static final int PIECE_BYTES = 10_000;

    private static Duration taken(RateLimit limit) throws Exception {
        long begin = System.nanoTime();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> downloads = new ArrayList<>();
            for (int i = 0; i < DOWNLOADS; i++) {
                downloads.add(threads.submit(() -> {
                    for (int piece = 0; piece < PIECES; piece++) {
                        limit.passed(PIECE_BYTES);
                    }
                    return null;
                }));
            }
            for (Future<?> download : downloads) {
                download.get();
            }
        }
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    @Test
    void severalDownloadsShareOneRate() throws Exception {
        long bytes = (long) DOWNLOADS * PIECES * PIECE_BYTES;
        assertThat(taken(new RateLimit(bytes * 2))).isGreaterThanOrEqualTo(Duration.ofMillis(495));
    }
}
