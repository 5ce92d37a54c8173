package io.bitstack.inference.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.model.KvCache;
import io.bitstack.core.model.LogitsWanted;
import io.bitstack.core.model.Transformer;
import io.bitstack.core.stack.KvPrecision;
import io.bitstack.core.stack.MemoryModel;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.inference.DemoServing;
import io.bitstack.inference.resident.ModelSession;
import io.bitstack.inference.resident.ServedModel;
import io.bitstack.inference.resident.WeightsLease;
import io.bitstack.inference.sampling.SamplingParameters;
import io.bitstack.inference.sampling.TokenScore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EngineTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String PROMPT = "It was a cold evening in November, and the old man sat by the fire. ";
    private static final String OTHER = "The captain walked along the shore, thinking of the ship that he had lost";

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private DemoServing serving;
    private Engine engine;

    record Result(
            String text, List<TokenScore> scores, List<TokenScore> promptScores, GenerationEvent.Finished finished) {}

    @BeforeEach
    void open() throws IOException {
        serving = new DemoServing(1024);
        engine = start(8, 8, Duration.ofMinutes(5));
    }

    @AfterEach
    void close() {
        serving.letGo();
        engine.stop();
        assertThat(serving.sessions).as("sessions left open").hasValue(0);
        assertThat(serving.leases).as("leases left open").hasValue(0);
        serving.close();
    }

    private Engine start(int sequences, int queued, Duration timeout) {
        return start(new EngineSettings(1, sequences, queued, timeout, KvPrecision.HALF));
    }

    private Engine start(EngineSettings settings) {
        Engine started = new Engine(settings, RowPool.SINGLE, meters);
        started.start();
        return started;
    }

    private void restart(int sequences, int queued, Duration timeout) {
        engine.stop();
        engine = start(sequences, queued, timeout);
    }

    private int[] tokens(String text) {
        return serving.model.tokenizer().encode(text, true);
    }

    private static GenerationRequest greedy(int[] prompt, int maxTokens, String... stop) {
        return new GenerationRequest(prompt, maxTokens, List.of(stop), SamplingParameters.GREEDY, true, 2, false);
    }

    /** Ends only with its tokens, since the end tokens are biased away: on a fast machine soon, unless {@link #serving} holds it back. */
    private GenerationRequest endless(int maxTokens) {
        SamplingParameters sampling =
                new SamplingParameters(0, 0, 1, 0, 1, 0, 0, Map.of(0, -100f, 1, -100f, 4, -100f), OptionalLong.empty());
        return new GenerationRequest(tokens(PROMPT), maxTokens, List.of(), sampling, false, 0, false);
    }

    private Generation submit(GenerationRequest request) {
        return engine.submit(serving.session(serving.model), request);
    }

    static Result await(Generation generation) throws InterruptedException {
        StringBuilder text = new StringBuilder();
        List<TokenScore> scores = new ArrayList<>();
        List<TokenScore> promptScores = new ArrayList<>();
        try (generation) {
            while (true) {
                switch (generation.next(PATIENCE).orElseThrow()) {
                    case GenerationEvent.PromptScored scored -> promptScores.addAll(scored.scores());
                    case GenerationEvent.Text piece -> {
                        text.append(piece.text());
                        scores.addAll(piece.scores());
                    }
                    case GenerationEvent.Finished finished -> {
                        return new Result(text.toString(), scores, promptScores, finished);
                    }
                    case GenerationEvent.Failed failed -> throw failed.reason();
                }
            }
        }
    }

    static void until(BooleanSupplier condition, String what) throws InterruptedException {
        for (int i = 0; i < 6000; i++) {
            if (condition.getAsBoolean()) {
                return;
            }
            Thread.sleep(10);
        }
        fail("after a minute still not: " + what);
    }

    /** The same by hand: one pass over everything for each token. */
    private List<Integer> plainGreedy(int[] prompt, int count) {
        Transformer transformer = new Transformer(serving.model.config(), RowPool.SINGLE);
        KvCache cache = new KvCache(serving.model.config(), prompt.length + count, KvPrecision.HALF);
        float[] logits = transformer.forward(serving.weights, prompt, cache, LogitsWanted.LAST);
        List<Integer> chosen = new ArrayList<>();
        while (true) {
            int best = 0;
            for (int i = 1; i < logits.length; i++) {
                best = logits[i] > logits[best] ? i : best;
            }
            if (best == 1 || best == 4 || chosen.size() == count) {
                return chosen;
            }
            chosen.add(best);
            logits = transformer.forward(serving.weights, new int[] {best}, cache, LogitsWanted.LAST);
        }
    }

    @Test
    void greedyEqualsAPlainLoop() throws InterruptedException {
        // More than one chunk, so that prefill is cut.
        int[] prompt = tokens(PROMPT.repeat(4));
        assertThat(prompt.length).isGreaterThan(64);
        List<Integer> expected = plainGreedy(prompt, 24);
        Result result = await(submit(greedy(prompt, 24)));
        assertThat(result.scores().stream().map(TokenScore::token)).isEqualTo(expected);
        assertThat(result.text())
                .isEqualTo(serving.model
                        .tokenizer()
                        .decode(expected.stream().mapToInt(Integer::intValue).toArray(), true));
        assertThat(result.finished().promptTokens()).isEqualTo(prompt.length);
        assertThat(result.finished().answerTokens()).isEqualTo(expected.size());
        assertThat(result.scores()).allSatisfy(score -> {
            assertThat(score.top()).hasSize(2);
            assertThat(score.top().getFirst().token()).isEqualTo(score.token());
            assertThat(score.logprob())
                    .isEqualTo(score.top().getFirst().logprob())
                    .isNegative();
        });
        assertThat(meters.get("bitstack.inference.tokens")
                        .tag("kind", "prompt")
                        .counter()
                        .count())
                .isEqualTo(prompt.length);
    }

    @Test
    void keysAndValuesOfOneByteTakeWhatThePlanSaysAndAnswerAlmostAlike() throws InterruptedException {
        List<TokenScore> half = await(submit(scored(PROMPT.repeat(4)))).promptScores();
        engine.stop();
        engine = start(new EngineSettings(1, 8, 8, Duration.ofMinutes(5), KvPrecision.INT8));
        List<TokenScore> bytes = await(submit(scored(PROMPT.repeat(4)))).promptScores();
        assertThat(bytes).hasSameSizeAs(half).isNotEqualTo(half);
        for (int i = 0; i < half.size(); i++) {
            assertThat(bytes.get(i).logprob())
                    .isCloseTo(half.get(i).logprob(), org.assertj.core.data.Offset.offset(0.25));
        }
        until(() -> engine.activeRequests() == 0 && engine.kvHeldBytes() == 0, "the first is gone");
        serving.allowPasses(3);
        Generation running = submit(endless(900));
        until(() -> engine.kvHeldBytes() > 0, "pages are held");
        StackManifest.Model shape = serving.model.config().toManifest();
        assertThat(engine.kvHeldBytes() % MemoryModel.kvCacheBytes(shape, 1, KvPrecision.INT8))
                .as("whole pages of bytes")
                .isZero();
        running.close();
        serving.letGo();
        until(() -> engine.activeRequests() == 0, "it is gone");
    }

    private GenerationRequest scored(String prompt) {
        return new GenerationRequest(tokens(prompt), 0, List.of(), SamplingParameters.GREEDY, true, 1, true);
    }

    @Test
    void togetherAsAlone() throws InterruptedException {
        Result first = await(submit(greedy(tokens(PROMPT), 32)));
        Result second = await(submit(greedy(tokens(OTHER), 20)));
        Generation a = submit(greedy(tokens(PROMPT), 32));
        Generation b = submit(greedy(tokens(OTHER), 20));
        Generation c = submit(greedy(tokens(OTHER.repeat(6)), 5));
        assertThat(await(b).text()).isEqualTo(second.text());
        assertThat(await(a).text()).isEqualTo(first.text());
        assertThat(await(c).finished().answerTokens()).isBetween(0, 5);
        assertThat(first.text()).isNotEqualTo(second.text());
    }

    @Test
    void stopStringsEndTheAnswerWhereverTokensEnd() throws InterruptedException {
        Result whole = await(submit(greedy(tokens(PROMPT), 24)));
        String text = whole.text();
        // From inside one word into the next.
        String stop = text.substring(9, 14);
        Result stopped = await(submit(greedy(tokens(PROMPT), 24, "never to be seen", stop)));
        assertThat(stopped.text()).isEqualTo(text.substring(0, text.indexOf(stop)));
        assertThat(stopped.finished().reason()).isEqualTo(FinishReason.STOP);
        assertThat(stopped.finished().answerTokens())
                .isLessThan(whole.finished().answerTokens());
        assertThat(whole.finished().reason()).isEqualTo(FinishReason.LENGTH);
        // What might have become a stop string and did not is not lost.
        String nearly = text.substring(text.length() - 3) + "\u0001";
        assertThat(await(submit(greedy(tokens(PROMPT), 24, nearly))).text()).isEqualTo(text);
    }

    @Test
    void promptScoresAreThoseOfTheForwardPass() throws InterruptedException {
        int[] prompt = tokens(PROMPT.repeat(4));
        Result result =
                await(submit(new GenerationRequest(prompt, 0, List.of(), SamplingParameters.GREEDY, true, 1, true)));
        assertThat(result.promptScores()).hasSize(prompt.length - 1);
        Transformer transformer = new Transformer(serving.model.config(), RowPool.SINGLE);
        float[] logits = transformer.forward(
                serving.weights,
                prompt,
                new KvCache(serving.model.config(), prompt.length, KvPrecision.HALF),
                LogitsWanted.ALL);
        int vocabulary = serving.model.config().vocabularySize();
        for (int i = 0; i < prompt.length - 1; i++) {
            TokenScore expected = TokenScore.of(logits, i * vocabulary, vocabulary, prompt[i + 1], 1);
            TokenScore score = result.promptScores().get(i);
            assertThat(score.token()).isEqualTo(prompt[i + 1]);
            assertThat(score.logprob()).isCloseTo(expected.logprob(), org.assertj.core.data.Offset.offset(1e-4));
        }
        assertThat(result.finished().answerTokens()).isZero();
    }

    @Test
    void equalSeedsGiveEqualAnswers() throws InterruptedException {
        List<String> texts = new ArrayList<>();
        for (long seed : new long[] {7, 7, 8}) {
            SamplingParameters sampling =
                    new SamplingParameters(1.2, 0, 0.95, 0, 1, 0, 0, Map.of(), OptionalLong.of(seed));
            texts.add(await(submit(new GenerationRequest(tokens(PROMPT), 24, List.of(), sampling, false, 0, false)))
                    .text());
        }
        assertThat(texts.get(0)).isEqualTo(texts.get(1)).isNotEqualTo(texts.get(2));
    }

    @Test
    void closingFreesThePlaceOfARequest() throws InterruptedException {
        restart(1, 8, Duration.ofMinutes(5));
        serving.allowPasses(4);
        Generation left = submit(endless(900));
        Generation waiting = submit(greedy(tokens(OTHER), 3));
        Generation leftInQueue = submit(endless(900));
        until(() -> engine.activeRequests() == 1 && engine.queuedRequests() == 2, "one runs, two wait");
        until(() -> engine.kvHeldBytes() > 0 && engine.scratchHeldBytes() > 0, "memory is held");
        leftInQueue.close();
        left.close();
        serving.letGo();
        assertThat(await(waiting).finished().answerTokens()).isBetween(0, 3);
        until(
                () -> serving.sessions.get() == 0 && engine.activeRequests() == 0 && engine.kvHeldBytes() == 0,
                "all are gone, and their pages");
        assertThat(meters.get("bitstack.inference.requests")
                        .tag("outcome", "cancelled")
                        .counter()
                        .count())
                .isEqualTo(2);
    }

    @Test
    void aFullQueueRefuses() throws InterruptedException {
        restart(1, 1, Duration.ofMinutes(5));
        serving.allowPasses(0);
        Generation running = submit(endless(900));
        until(() -> engine.activeRequests() == 1, "it runs");
        Generation queued = submit(greedy(tokens(OTHER), 3));
        assertThatThrownBy(() -> submit(greedy(tokens(OTHER), 3)))
                .isInstanceOfSatisfying(
                        RequestException.class, e -> assertThat(e.reason()).isEqualTo(RequestCode.QUEUE_FULL));
        running.close();
        serving.letGo();
        assertThat(await(queued).finished().answerTokens()).isBetween(0, 3);
    }

    @Test
    void requestsWaitForTheKvPagesOfOthers() throws InterruptedException {
        ServedModel small = new ServedModel(
                "demo",
                3,
                serving.model.stack(),
                serving.model.config(),
                serving.model.tokenizer(),
                serving.model.chatTemplate(),
                192);
        int prompt = tokens(PROMPT).length;
        serving.allowPasses(0);
        try (Generation two = engine.submit(serving.session(small), endless(128 - prompt));
                Generation one = engine.submit(serving.session(small), endless(64 - prompt));
                Generation next = engine.submit(serving.session(small), endless(64 - prompt))) {
            // One step, if only the first was there when it began.
            serving.allowPasses(2);
            until(() -> engine.queuedRequests() == 1 && engine.activeRequests() == 2, "three pages are taken");
            serving.letGo();
            assertThat(await(one).finished().reason()).isEqualTo(FinishReason.LENGTH);
            assertThat(await(next).finished().reason()).isEqualTo(FinishReason.LENGTH);
            assertThat(await(two).finished().answerTokens()).isEqualTo(128 - prompt);
        }
        assertThatThrownBy(() -> engine.submit(serving.session(small), endless(193 - prompt)))
                .isInstanceOfSatisfying(
                        RequestException.class,
                        e -> assertThat(e.reason()).isEqualTo(RequestCode.CONTEXT_LENGTH_EXCEEDED));
    }

    @Test
    void requestsEndAtTheirDeadline() throws InterruptedException {
        Duration timeout = Duration.ofMillis(150);
        restart(1, 8, timeout);
        serving.allowPasses(0);
        Generation running = submit(endless(1000));
        Generation queued = submit(endless(1000));
        long submitted = System.nanoTime();
        until(() -> System.nanoTime() - submitted > timeout.toNanos(), "their time is over");
        serving.letGo();
        for (Generation late : List.of(running, queued)) {
            assertThatThrownBy(() -> await(late))
                    .isInstanceOfSatisfying(
                            RequestException.class,
                            e -> assertThat(e.reason()).isEqualTo(RequestCode.DEADLINE_EXCEEDED));
        }
    }

    @Test
    void aRequestThatCannotBeAdmittedFailsAloneAndTheEngineGoesOn() throws InterruptedException {
        ModelSession broken = serving.session(serving.model);
        ModelSession noLease = new ModelSession() {
            @Override
            public ServedModel model() {
                return broken.model();
            }

            @Override
            public WeightsLease lease() {
                throw new IllegalStateException("the disk is gone");
            }

            @Override
            public void close() {
                broken.close();
            }
        };
        Generation failing = engine.submit(noLease, greedy(tokens(PROMPT), 3));
        Generation next = submit(greedy(tokens(OTHER), 3));
        assertThatThrownBy(() -> await(failing))
                .isInstanceOfSatisfying(
                        RequestException.class, e -> assertThat(e.reason()).isEqualTo(RequestCode.GENERATION_FAILED));
        assertThat(await(next).finished().answerTokens()).isBetween(0, 3);
    }

    @Test
    void stoppingTellsThoseWhoWait() throws InterruptedException {
        serving.allowPasses(0);
        Generation running = submit(endless(1000));
        until(() -> engine.activeRequests() == 1, "it runs");
        Thread step = Thread.ofVirtual().start(() -> {
            while (engine.isRunning()) {
                LockSupport.parkNanos(1_000_000);
            }
            serving.letGo();
        });
        engine.stop();
        step.join();
        assertThatThrownBy(() -> await(running))
                .isInstanceOfSatisfying(
                        RequestException.class, e -> assertThat(e.reason()).isEqualTo(RequestCode.SHUTTING_DOWN));
        assertThatThrownBy(() -> submit(endless(3)))
                .isInstanceOfSatisfying(
                        RequestException.class, e -> assertThat(e.reason()).isEqualTo(RequestCode.SHUTTING_DOWN));
    }
}
