package io.bitstack.inference.engine;

import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.model.KvCache;
import io.bitstack.core.model.LogitsWanted;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.Transformer;
import io.bitstack.core.stack.Digest;
import io.bitstack.inference.resident.WeightsLease;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes all running sequences one step further: one chunk of one prompt, then one token of every answer. Weights are leased for
 * each pass alone, so the model may change its size between them. One thread at a time.
 */
final class Stepper {
    private static final Logger LOG = LoggerFactory.getLogger(Stepper.class);

    private final RowPool pool;
    private final TokenRate rate;
    private final PrefixCache prefixes;
    private final Map<ModelConfig, Transformer> transformers = new HashMap<>();
    private volatile long scratchHeldBytes;

    Stepper(RowPool pool, TokenRate rate, PrefixCache prefixes) {
        this.pool = pool;
        this.rate = rate;
        this.prefixes = prefixes;
    }

    long scratchHeldBytes() {
        return scratchHeldBytes;
    }

    void step(List<Sequence> running) {
        running.forEach(Sequence::check);
        running.stream().filter(Sequence::prefilling).findFirst().ifPresent(sequence -> {
            guard(List.of(sequence), () -> prefill(sequence));
        });
        // A stack has one config, and what it computes does not depend on whose lease it is computed with.
        Map<Digest, List<Sequence>> groups = new LinkedHashMap<>();
        for (Sequence sequence : running) {
            if (!sequence.ended() && !sequence.prefilling()) {
                groups.computeIfAbsent(sequence.model().stack(), stack -> new ArrayList<>())
                        .add(sequence);
            }
        }
        groups.values().forEach(group -> guard(group, () -> decode(group)));
        forgetUnused(running);
    }

    private void prefill(Sequence sequence) {
        int vocabulary = sequence.model().config().vocabularySize();
        float[] last;
        try (WeightsLease lease = sequence.session().lease()) {
            prefixes.forgetOtherSizes(sequence.model().stack(), lease.blocks());
            // Looked for again at each chunk: a prompt that was begun just before this one may begin alike.
            sequence.reusePrefix(lease);
            int[] chunk = sequence.nextChunk();
            Transformer transformer = transformer(sequence.model().config());
            if (sequence.scoresPrompt()) {
                last = new float[vocabulary];
                transformer.forward(lease.weights(), chunk, sequence.cache(), (first, tokens, logits) -> {
                    sequence.scorePrompt(first, tokens, logits, vocabulary);
                    System.arraycopy(logits, (tokens - 1) * vocabulary, last, 0, vocabulary);
                });
            } else {
                last = transformer.forward(lease.weights(), chunk, sequence.cache(), LogitsWanted.LAST);
            }
            sequence.chunkDone(chunk.length, last, lease);
        }
        if (!sequence.prefilling()) {
            count(1);
        }
    }

    private void decode(List<Sequence> group) {
        int[] tokens = group.stream().mapToInt(Sequence::lastToken).toArray();
        List<KvCache> caches = group.stream().map(Sequence::cache).toList();
        ModelConfig config = group.getFirst().model().config();
        float[] logits;
        try (WeightsLease lease = group.getFirst().session().lease()) {
            logits = transformer(config).decode(lease.weights(), tokens, caches);
        }
        for (int i = 0; i < group.size(); i++) {
            group.get(i).accept(logits, i * config.vocabularySize());
        }
        count(group.size());
    }

    private void count(int tokens) {
        rate.add(System.nanoTime() / 1_000_000_000L, tokens);
    }

    /** Lets what goes wrong in one pass end the sequences of that pass only. */
    private static void guard(List<Sequence> sequences, Runnable pass) {
        try {
            pass.run();
        } catch (RuntimeException | OutOfMemoryError e) {
            RequestException reason = failure(sequences.size(), e);
            sequences.forEach(sequence -> sequence.fail(reason));
        }
    }

    /** Logs what went wrong. @return what those are told who asked for it */
    static RequestException failure(int sequences, Throwable e) {
        String id = UUID.randomUUID().toString();
        LOG.error("a step of {} sequences failed, error {}", sequences, id, e);
        return new RequestException(
                RequestCode.GENERATION_FAILED, "the model could not be run; the node's log says why under error " + id);
    }

    private Transformer transformer(ModelConfig config) {
        return transformers.computeIfAbsent(config, c -> new Transformer(c, pool));
    }

    /** Keeps the buffers of the models that are running, of the last one while none is. */
    private void forgetUnused(List<Sequence> running) {
        Set<ModelConfig> used = running.stream()
                .filter(sequence -> !sequence.ended())
                .map(sequence -> sequence.model().config())
                .collect(Collectors.toSet());
        if (!used.isEmpty()) {
            transformers.keySet().retainAll(used);
        }
        scratchHeldBytes = transformers.values().stream()
                .mapToLong(Transformer::scratchHeldBytes)
                .sum();
    }
}
