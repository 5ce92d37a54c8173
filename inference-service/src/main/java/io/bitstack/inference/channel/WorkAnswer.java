package io.bitstack.inference.channel;

import io.bitstack.service.channel.AnswerWord;
import io.bitstack.service.channel.WorkHead;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Has one request of a gateway answered by the node itself, and hands the answer on as it comes. */
final class WorkAnswer {
    private static final int BUFFER_BYTES = 16 * 1024;
    private static final int LONGEST_DETAIL_CHARS = 500;

    private final HttpClient http;
    private final OwnPort port;
    private final WorkHead head;
    private final CompletableFuture<byte[]> body = new CompletableFuture<>();
    private final Words words;
    private final Runnable done;
    private OwnPort.@Nullable Asked asked;
    private boolean isGivenUp;

    /** @param done is run before the last word is said */
    WorkAnswer(HttpClient http, OwnPort port, WorkHead head, Words words, Runnable done) {
        this.http = http;
        this.port = port;
        this.head = head;
        this.words = words;
        this.done = done;
    }

    /** The request is here, whole. */
    void bodyIs(byte[] bytes) {
        body.complete(bytes);
    }

    /** @throws IOException if the answer broke off, or nobody takes it any more */
    void run() throws IOException {
        words.say(AnswerWord.taken());
        HttpResponse<InputStream> answer;
        try {
            answer = askAgainOnce();
        } catch (IOException e) {
            String why = String.valueOf(e.getMessage());
            done.run();
            words.say(AnswerWord.failed(why.substring(0, Math.min(LONGEST_DETAIL_CHARS, why.length()))));
            return;
        }
        try (InputStream in = answer.body()) {
            words.say(AnswerWord.head(answer.statusCode(), answer.headers().map()));
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                words.send(buffer, count);
            }
        }
        done.run();
        words.say(AnswerWord.end());
    }

    /** A connection that was kept from an earlier request may have been closed at the moment when it is used again. */
    private HttpResponse<InputStream> askAgainOnce() throws IOException {
        try {
            return ask();
        } catch (IOException e) {
            if (isGivenUp()) {
                throw e;
            }
            return ask();
        }
    }

    private synchronized boolean isGivenUp() {
        return isGivenUp;
    }

    private HttpResponse<InputStream> ask() throws IOException {
        OwnPort.Asked now = port.ask(http, head, awaitBody());
        boolean isTooLate;
        synchronized (this) {
            asked = now;
            isTooLate = isGivenUp;
        }
        if (isTooLate) {
            now.giveUp();
        }
        return now.await();
    }

    private byte[] awaitBody() throws IOException {
        try {
            return body.join();
        } catch (CompletionException | CancellationException e) {
            throw new IOException("the request broke off", e);
        }
    }

    /** Nobody wants the answer any more; from any thread. */
    void giveUp() {
        body.cancel(true);
        OwnPort.Asked now;
        synchronized (this) {
            isGivenUp = true;
            now = asked;
        }
        if (now != null) {
            now.giveUp();
        }
    }
}
