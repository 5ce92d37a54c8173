package io.bitstack.standalone.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One request after another, so that whatever happens to a node happens while it answers one: a small model on a fast machine may
 * be done with a single request before the node has heard of a change.
 */
final class SteadyAsking implements AutoCloseable {
    /** A request that runs to its end. */
    interface Request {
        /**
         * Asks and reads the answer whole.
         *
         * @param begun to be counted down with each piece of the answer
         * @return whether the answer came to its regular end
         */
        boolean ask(CountDownLatch begun) throws IOException;
    }

    private final CountDownLatch begun;
    private final CompletableFuture<Boolean> allCompleted = new CompletableFuture<>();
    private volatile boolean enough;

    /** @param pieces of an answer after which the node counts as answering */
    SteadyAsking(Request request, int pieces) {
        begun = new CountDownLatch(pieces);
        Thread.ofVirtual().start(() -> run(request));
    }

    private void run(Request request) {
        try {
            boolean completed = true;
            do {
                completed &= request.ask(begun);
            } while (!enough);
            allCompleted.complete(completed);
        } catch (IOException | RuntimeException e) {
            allCompleted.completeExceptionally(e);
            // Nobody is to wait for pieces that will not come.
            while (begun.getCount() > 0) {
                begun.countDown();
            }
        }
    }

    /** Waits until the first answer is under way; {@link #finish} says if it has failed instead. */
    boolean awaitBegun(Duration patience) throws InterruptedException {
        return begun.await(patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Lets the request that is under way be the last one, and says whether it and all before it came to their regular end. */
    boolean finish(Duration patience) throws IOException, InterruptedException {
        enough = true;
        try {
            return allCompleted.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IOException("a request that ran during the resize failed: " + e.getCause(), e);
        } catch (TimeoutException e) {
            throw new IOException(
                    "a request that ran during the resize did not end within %d s".formatted(patience.toSeconds()), e);
        }
    }

    /** Asks no more, whatever becomes of the request that is under way. */
    @Override
    public void close() {
        enough = true;
    }
}
