package io.bitstack.gateway.channel;

import io.bitstack.service.channel.AnswerWord;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One request that was sent over a connection, and what has come back for it. */
final class Exchange {
    private final CompletableFuture<Boolean> taken = new CompletableFuture<>();
    private final CompletableFuture<AnswerWord> head = new CompletableFuture<>();
    private final AnswerPipe body;

    /** @param patience how long the answer may take to go on */
    Exchange(Duration patience) {
        this.body = new AnswerPipe(patience);
    }

    /**
     * Hears what the node says.
     *
     * @return whether nothing more will come for this request
     * @throws IOException if that is not what comes next
     */
    boolean hear(AnswerWord word) throws IOException {
        return switch (word.kind()) {
            case TAKEN -> {
                taken.complete(true);
                yield false;
            }
            case HEAD -> {
                if (!taken.isDone() || !head.complete(word)) {
                    throw new IOException("the node answers what it did not take, or twice");
                }
                yield false;
            }
            case END -> {
                if (!head.isDone()) {
                    throw new IOException("the node ends an answer that it did not begin");
                }
                yield true;
            }
            case FAILED -> {
                if (!taken.isDone() || head.isDone()) {
                    throw new IOException("the node fails what it did not take, or has begun");
                }
                yield true;
            }
        };
    }

    /** Nothing more will come: that was the last word. */
    void finish(AnswerWord last) {
        if (last.kind() == AnswerWord.Kind.FAILED) {
            broke(new IOException("the node could not ask itself: " + last.detail()));
        } else {
            body.end();
        }
    }

    void receive(ByteBuffer bytes) throws IOException, InterruptedException {
        if (!head.isDone()) {
            throw new IOException("the node sends bytes of an answer that it did not begin");
        }
        body.put(bytes);
    }

    /** Nothing more will come, since the connection is gone or was given up. */
    void broke(IOException why) {
        taken.completeExceptionally(why);
        head.completeExceptionally(why);
        body.fail(why);
    }

    /** Nobody reads the answer any more; whoever receives it must not wait for that. */
    void giveUp() {
        body.close();
    }

    void awaitTaken(Duration patience) throws IOException, TimeoutException {
        var _ = await(taken, patience);
    }

    AnswerWord awaitHead(Duration patience) throws IOException, TimeoutException {
        return await(head, patience);
    }

    InputStream body() {
        return body;
    }

    private static <T> T await(CompletableFuture<T> what, Duration patience) throws IOException, TimeoutException {
        try {
            return what.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw new IOException(
                    e.getCause() == null ? e.toString() : e.getCause().getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for a node", e);
        }
    }
}
