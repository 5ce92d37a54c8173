package io.bitstack.inference.openai;

import io.bitstack.inference.engine.Engine;
import io.bitstack.inference.engine.Generation;
import io.bitstack.inference.engine.GenerationRequest;
import io.bitstack.inference.engine.RequestCode;
import io.bitstack.inference.engine.RequestException;
import java.util.ArrayList;
import java.util.List;

/** The choices of one answer. A few are generated side by side, so that one request never fills the queue. */
final class Choices implements AutoCloseable {
    private static final int SIDE_BY_SIDE = 8;

    /**
     * One of them.
     *
     * @param countsPrompt whether its prompt counts into the usage: once for all answers to it
     */
    record Choice(GenerationRequest request, AnswerFormat format, boolean countsPrompt) {}

    private final Engine engine;
    private final SharedSession session;
    private final List<Choice> all;
    private final List<Generation> submitted = new ArrayList<>();

    /** @throws RequestException if one of the requests cannot be answered by this model, before any is begun */
    Choices(Engine engine, SharedSession session, List<Choice> all) {
        this.engine = engine;
        this.session = session;
        this.all = List.copyOf(all);
        this.all.forEach(choice -> Engine.check(session.model(), choice.request()));
    }

    int count() {
        return all.size();
    }

    Choice get(int index) {
        return all.get(index);
    }

    /**
     * The generation of a choice, to be called for one after the other.
     *
     * @throws RequestException QUEUE_FULL if the queue has no room for it while none before it is left
     */
    Generation generation(int index) {
        while (submitted.size() < Math.min(all.size(), index + SIDE_BY_SIDE)) {
            try {
                submitted.add(
                        engine.submit(session.open(), all.get(submitted.size()).request()));
            } catch (RequestException e) {
                if (e.reason() != RequestCode.QUEUE_FULL || submitted.size() <= index) {
                    throw e;
                }
                // There will be room when those that were handed in are done.
                break;
            }
        }
        return submitted.get(index);
    }

    @Override
    public void close() {
        submitted.forEach(Generation::close);
    }
}
