package io.bitstack.inference.sampling;

import java.util.ArrayList;
import java.util.List;

/**
 * How likely the model held a token, before bias, penalties and temperature.
 *
 * @param logprob natural logarithm of its probability
 * @param top the most likely tokens of that position, the most likely first
 */
public record TokenScore(int token, double logprob, List<Alternative> top) {
    public TokenScore {
        top = List.copyOf(top);
    }

    /** One of the most likely tokens. */
    public record Alternative(int token, double logprob) {}

    /**
     * Scores a token.
     *
     * @param logits those of the position are [offset, offset + vocabulary)
     * @param alternatives how many of the most likely tokens to name
     */
    public static TokenScore of(float[] logits, int offset, int vocabulary, int token, int alternatives) {
        float highest = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < vocabulary; i++) {
            highest = Math.max(highest, logits[offset + i]);
        }
        double sum = 0;
        for (int i = 0; i < vocabulary; i++) {
            sum += Math.exp(logits[offset + i] - highest);
        }
        double normaliser = highest + Math.log(sum);
        List<Alternative> top = new ArrayList<>(alternatives + 1);
        for (int i = 0; i < vocabulary && alternatives > 0; i++) {
            double logprob = logits[offset + i] - normaliser;
            if (top.size() == alternatives && logprob <= top.getLast().logprob()) {
                continue;
            }
            int at = top.size();
            while (at > 0 && top.get(at - 1).logprob() < logprob) {
                at--;
            }
            top.add(at, new Alternative(i, logprob));
            if (top.size() > alternatives) {
                top.removeLast();
            }
        }
        return new TokenScore(token, logits[offset + token] - normaliser, top);
    }
}
