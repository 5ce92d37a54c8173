package io.bitstack.inference.engine;

import io.bitstack.core.tokenizer.TokenStream;
import io.bitstack.inference.sampling.TokenScore;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Turns the tokens of an answer into text that can be sent, each piece with the scores of the tokens that begin in it. */
final class Answer {
    private record Scored(long start, TokenScore score) {}

    private final TokenStream stream;
    private final StopText stop;
    private final Deque<Scored> scores = new ArrayDeque<>();

    /** Characters decoded, and those of them that were handed out. */
    private long decoded;

    private long sent;

    Answer(TokenStream stream, List<String> stops) {
        this.stream = stream;
        this.stop = new StopText(stops);
    }

    GenerationEvent.Text accept(TokenScore token, boolean scored) {
        if (scored) {
            scores.add(new Scored(decoded, token));
        }
        String text = stream.accept(token.token());
        decoded += text.length();
        return piece(stop.accept(text), false);
    }

    /** The rest, when no token follows. */
    GenerationEvent.Text finish() {
        String text = stop.accept(stream.finish()) + stop.finish();
        return piece(text, !stop.stopped());
    }

    boolean stopped() {
        return stop.stopped();
    }

    private GenerationEvent.Text piece(String text, boolean all) {
        sent += text.length();
        List<TokenScore> due = new ArrayList<>();
        while (!scores.isEmpty() && (all || scores.getFirst().start() < sent)) {
            due.add(scores.removeFirst().score());
        }
        return new GenerationEvent.Text(text, due);
    }
}
