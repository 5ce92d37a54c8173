package io.bitstack.inference.engine;

import io.bitstack.core.model.KvCache;
import io.bitstack.core.stack.KvPrecision;
import io.bitstack.core.stack.MemoryModel;
import io.bitstack.inference.resident.ModelSession;
import io.bitstack.inference.resident.ServedModel;
import io.bitstack.inference.resident.WeightsLease;
import io.bitstack.inference.sampling.Sampler;
import io.bitstack.inference.sampling.TokenScore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request on its way through the engine. Once admitted it belongs to the loop's thread. */
final class Sequence {
    private static final Logger LOG = LoggerFactory.getLogger(Sequence.class);

    private final ModelSession session;
    private final GenerationRequest request;
    private final Generation out;
    private final EngineMetrics metrics;
    private final long arrivedNanos;
    private final long timeoutNanos;
    private final int vocabulary;
    private final Set<Integer> ends;
    private final KvCache cache;
    private final PrefixCache.Path prefix;
    private final Sampler sampler;
    private final Answer answer;
    private final List<TokenScore> promptScores = new ArrayList<>();

    private int prefilled;
    private int reused;
    private int answered;
    private int lastToken;
    private long lastTokenNanos;
    private boolean ended;

    Sequence(
            ModelSession session,
            GenerationRequest request,
            Generation out,
            EngineMetrics metrics,
            PrefixCache.Path prefix,
            long timeoutNanos,
            KvPrecision kvPrecision) {
        ServedModel model = session.model();
        this.session = session;
        this.request = request;
        this.out = out;
        this.metrics = metrics;
        this.prefix = prefix;
        this.arrivedNanos = System.nanoTime();
        this.timeoutNanos = timeoutNanos;
        this.vocabulary =
                Math.min(model.config().vocabularySize(), model.tokenizer().vocabularySize());
        this.ends = EndTokens.of(model);
        this.cache = new KvCache(model.config(), request.capacityTokens(), kvPrecision);
        this.sampler = new Sampler(request.sampling(), vocabulary, request.prompt());
        this.answer = new Answer(model.tokenizer().stream(true), request.stop());
    }

    ModelSession session() {
        return session;
    }

    ServedModel model() {
        return session.model();
    }

    KvCache cache() {
        return cache;
    }

    /** KV pages that the sequence may come to need, those not counted that it shares with the prefix cache. */
    int ownPages() {
        return pages(request.capacityTokens()) - cache.sharedPages();
    }

    static int pages(int tokens) {
        return (tokens + MemoryModel.PAGE_TOKENS - 1) / MemoryModel.PAGE_TOKENS;
    }

    private PrefixCache.Origin origin(WeightsLease lease) {
        return new PrefixCache.Origin(
                model().stack(), lease.blocks(), model().config().rope().frequencyTokens(cache.capacityTokens()));
    }

    /** Takes from the prefix cache what it has of the prompt from here on. A prompt that is scored has to be run. */
    void reusePrefix(WeightsLease lease) {
        if (!request.scorePrompt()) {
            int tokens = prefix.follow(origin(lease), cache, request.prompt());
            prefilled += tokens;
            reused += tokens;
        }
    }

    /** Gives back what {@link #reusePrefix} took, since the sequence has to wait. */
    void returnPrefix() {
        cache.truncate(0);
        prefix.close();
        prefilled = 0;
        reused = 0;
    }

    void admitted() {
        metrics.admitted(System.nanoTime() - arrivedNanos);
    }

    boolean ended() {
        return ended;
    }

    boolean prefilling() {
        return !ended && prefilled < request.prompt().length;
    }

    boolean scoresPrompt() {
        return request.scorePrompt();
    }

    /** The next tokens of the prompt to run. */
    int[] nextChunk() {
        int to = Math.min(request.prompt().length, prefilled + MemoryModel.CHUNK_TOKENS);
        return Arrays.copyOfRange(request.prompt(), prefilled, to);
    }

    /** The token that the next step of decoding appends. */
    int lastToken() {
        return lastToken;
    }

    /**
     * Takes logits of some tokens of the chunk that is being run.
     *
     * @param first index in the chunk of the first of them
     * @param logits tokens × {@code columns}
     */
    void scorePrompt(int first, int tokens, float[] logits, int columns) {
        for (int t = 0; t < tokens; t++) {
            int scored = prefilled + first + t + 1;
            if (scored < request.prompt().length) {
                promptScores.add(TokenScore.of(
                        logits, t * columns, vocabulary, request.prompt()[scored], request.alternatives()));
            }
        }
    }

    /** A chunk has been run with the weights of {@code lease}; {@code logits} are those of its last token. */
    void chunkDone(int tokens, float[] logits, WeightsLease lease) {
        prefilled += tokens;
        metrics.prefilled(tokens);
        if (!request.scorePrompt()) {
            prefix.keep(origin(lease), cache, request.prompt());
        }
        if (prefilled < request.prompt().length) {
            return;
        }
        metrics.reused(reused);
        if (request.scorePrompt()) {
            out.tell(new GenerationEvent.PromptScored(promptScores));
        }
        if (request.maxTokens() == 0) {
            finish(FinishReason.LENGTH);
        } else {
            accept(logits, 0);
        }
    }

    /** Chooses the next token from the logits of the last one, which start at {@code offset}. */
    void accept(float[] logits, int offset) {
        int token = sampler.next(logits, offset);
        long now = System.nanoTime();
        if (answered == 0) {
            metrics.first(now - arrivedNanos);
        } else {
            metrics.next(now - lastTokenNanos);
        }
        lastTokenNanos = now;
        TokenScore score = request.scores()
                ? TokenScore.of(logits, offset, vocabulary, token, request.alternatives())
                : new TokenScore(token, 0, List.of());
        if (ends.contains(token)) {
            if (request.scorePrompt()) {
                // Whoever scores a prompt drops one generated token and counts on its being there.
                out.tell(new GenerationEvent.Text("", List.of(score)));
            }
            finish(FinishReason.STOP);
            return;
        }
        lastToken = token;
        answered++;
        tell(answer.accept(score, request.scores()));
        if (answer.stopped()) {
            finish(FinishReason.STOP);
        } else if (answered == request.maxTokens()) {
            finish(FinishReason.LENGTH);
        }
    }

    private void tell(GenerationEvent.Text text) {
        if (!text.text().isEmpty() || !text.scores().isEmpty()) {
            out.tell(text);
        }
    }

    private void finish(FinishReason reason) {
        tell(answer.finish());
        FinishReason told = answer.stopped() ? FinishReason.STOP : reason;
        end(told.wire());
        out.tell(new GenerationEvent.Finished(told, request.prompt().length, reused, answered));
    }

    /** Ends the sequence if nobody waits for it any more or its time is over. */
    void check() {
        if (ended) {
            return;
        }
        if (out.cancelled()) {
            end("cancelled");
        } else if (System.nanoTime() - arrivedNanos > timeoutNanos) {
            fail(new RequestException(
                    RequestCode.DEADLINE_EXCEEDED,
                    "the request was not done after %d s; ask for fewer tokens or try again when the node has less to do"
                            .formatted(timeoutNanos / 1_000_000_000L)));
        }
    }

    void fail(RequestException reason) {
        if (!ended) {
            end(reason.reason().wire());
            out.tell(new GenerationEvent.Failed(reason));
        }
    }

    private void end(String outcome) {
        ended = true;
        prefix.close();
        metrics.ended(outcome);
        try {
            session.close();
        } catch (RuntimeException e) {
            // The answer is not at fault; the node's ledger is, and its log has to show it.
            LOG.error("a model session could not be closed", e);
        }
    }
}
