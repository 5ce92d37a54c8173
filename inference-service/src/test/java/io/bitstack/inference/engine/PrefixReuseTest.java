package io.bitstack.inference.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.stack.KvPrecision;
import io.bitstack.core.stack.MemoryModel;
import io.bitstack.inference.DemoServing;
import io.bitstack.inference.engine.EngineTest.Result;
import io.bitstack.inference.resident.ServedModel;
import io.bitstack.inference.resident.WeightsChanged;
import io.bitstack.inference.sampling.SamplingParameters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Prompts that begin alike share KV pages, and nobody can tell from the answers. */
class PrefixReuseTest {
    private static final int STRETCH = PrefixCache.STRETCH_TOKENS;
    private static final int PAGE = MemoryModel.PAGE_TOKENS;
    private static final int CONTEXT = 8 * STRETCH;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final SplittableRandom random = new SplittableRandom(5);
    private DemoServing serving;
    private Engine engine;

    @BeforeEach
    void open() throws IOException {
        serving = new DemoServing(CONTEXT);
        engine = start(meters);
    }

    @AfterEach
    void close() {
        engine.stop();
        assertThat(engine.kvHeldBytes()).isZero();
        assertThat(serving.sessions).hasValue(0);
        assertThat(serving.leases).hasValue(0);
        serving.close();
    }

    private static Engine start(SimpleMeterRegistry meters) {
        Engine started = new Engine(
                new EngineSettings(1, 8, 64, Duration.ofMinutes(5), KvPrecision.HALF), RowPool.SINGLE, meters);
        started.start();
        return started;
    }

    private int[] tokens(int count) {
        return random.ints(count, 5, serving.model.config().vocabularySize()).toArray();
    }

    private static int[] join(int[]... parts) {
        return Arrays.stream(parts).flatMapToInt(Arrays::stream).toArray();
    }

    private static GenerationRequest request(int[] prompt, int maxTokens) {
        return new GenerationRequest(prompt, maxTokens, List.of(), SamplingParameters.GREEDY, true, 3, false);
    }

    private Generation submit(Engine to, int[] prompt) {
        return to.submit(serving.session(serving.model), request(prompt, 6));
    }

    private Result ask(int[] prompt) throws InterruptedException {
        return EngineTest.await(submit(engine, prompt));
    }

    private int pages(String gauge) {
        return (int) meters.get("bitstack.inference.kv." + gauge).gauge().value();
    }

    /** Prompts grown from one another, in memory for a few: each must be answered as by an engine that reuses nothing. */
    @Test
    void answersAreThoseOfAnEngineThatReusesNothing() throws InterruptedException {
        Engine forgetful = start(new SimpleMeterRegistry());
        List<int[]> prompts = new ArrayList<>(List.of(tokens(3 * STRETCH)));
        int reused = 0;
        for (int i = 0; i < 30; i++) {
            int[] base = prompts.get(random.nextInt(prompts.size()));
            int[] prompt =
                    join(Arrays.copyOf(base, random.nextInt(base.length + 1)), tokens(random.nextInt(1, 2 * STRETCH)));
            prompt = Arrays.copyOf(prompt, Math.min(prompt.length, CONTEXT - 6));
            prompts.add(prompt);
            Result result = ask(prompt);
            forgetful.onWeightsChanged(new WeightsChanged());
            Result expected = EngineTest.await(submit(forgetful, prompt));
            assertThat(result.text()).isEqualTo(expected.text());
            assertThat(result.scores()).as("to the last bit").isEqualTo(expected.scores());
            assertThat(expected.finished().reusedTokens()).isZero();
            reused += result.finished().reusedTokens();
            assertThat(pages("cached")).isLessThanOrEqualTo(CONTEXT / PAGE);
        }
        forgetful.stop();
        assertThat(reused).isGreaterThan(10 * STRETCH);
    }

    @Test
    void wholeStretchesAreReusedAndTheLastTokenIsRun() throws InterruptedException {
        int[] prompt = tokens(3 * STRETCH);
        assertThat(ask(prompt).finished().reusedTokens()).isZero();
        assertThat(ask(prompt).finished().reusedTokens()).isEqualTo(2 * STRETCH);
        assertThat(ask(join(prompt, tokens(1))).finished().reusedTokens()).isEqualTo(3 * STRETCH);
        assertThat(ask(Arrays.copyOf(prompt, STRETCH + 5)).finished().reusedTokens())
                .isEqualTo(STRETCH);
        assertThat(ask(join(tokens(1), prompt)).finished().reusedTokens()).isZero();
        assertThat(meters.get("bitstack.inference.prefix.tokens").counter().count())
                .isEqualTo(6 * STRETCH);
        GenerationRequest scored =
                new GenerationRequest(prompt, 1, List.of(), SamplingParameters.GREEDY, true, 1, true);
        Result result = EngineTest.await(engine.submit(serving.session(serving.model), scored));
        assertThat(result.promptScores())
                .as("scores of all tokens need all of them run")
                .hasSize(prompt.length - 1);
    }

    @Test
    void whoComesWhileAPromptIsReadSharesWhatIsRead() throws InterruptedException {
        int[] prompt = join(tokens(STRETCH), tokens(9));
        List<Generation> together =
                IntStream.range(0, 4).mapToObj(i -> submit(engine, prompt)).toList();
        List<Result> results = new ArrayList<>();
        for (Generation generation : together) {
            results.add(EngineTest.await(generation));
        }
        assertThat(results)
                .extracting(result -> result.finished().reusedTokens())
                .containsExactly(0, STRETCH, STRETCH, STRETCH);
        assertThat(results)
                .extracting(Result::text)
                .containsOnly(results.getFirst().text());
    }

    @Test
    void anotherSizeOfTheModelReusesNothingOfTheOneBefore() throws InterruptedException {
        int[] prompt = tokens(2 * STRETCH + 1);
        ask(prompt);
        serving.blocks = 41;
        assertThat(ask(prompt).finished().reusedTokens()).isZero();
        assertThat(ask(prompt).finished().reusedTokens()).isEqualTo(2 * STRETCH);
        assertThat(pages("cached")).as("those of the old size are given up").isEqualTo(2 * STRETCH / PAGE);
        engine.onWeightsChanged(new WeightsChanged());
        EngineTest.until(() -> engine.kvHeldBytes() == 0, "pages are given up without a request");
        assertThat(pages("cached")).isZero();
    }

    /** In memory for one conversation, each turn finds the one before, and others push it out. */
    @Test
    void aConversationFindsItselfThoughMemoryHoldsNoMore() throws InterruptedException {
        int[] conversation = tokens(2 * STRETCH);
        for (int turn = 0; turn < 5; turn++) {
            Result result = ask(conversation);
            assertThat(result.finished().reusedTokens()).isEqualTo(turn == 0 ? 0 : (turn + 1) * STRETCH);
            conversation = join(conversation, tokens(STRETCH));
        }
        ask(tokens(CONTEXT - 6));
        assertThat(ask(conversation).finished().reusedTokens()).isZero();
    }

    /** Many at once in memory for few, sharing or not, leaving or not: pages never exceed the budget, all who stay are answered. */
    @Test
    void pagesStayWithinTheBudgetUnderLoad() throws InterruptedException {
        List<int[]> stems = List.of(tokens(STRETCH), tokens(2 * STRETCH), tokens(4 * STRETCH));
        ServedModel model = serving.model;
        List<Generation> waiting = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            int[] prompt = join(stems.get(random.nextInt(stems.size())), tokens(random.nextInt(1, STRETCH)));
            Generation generation = engine.submit(serving.session(model), request(prompt, random.nextInt(1, 20)));
            if (random.nextInt(4) == 0) {
                generation.close();
            } else {
                waiting.add(generation);
            }
            if (random.nextInt(20) == 0) {
                serving.blocks = random.nextInt(40, 43);
                engine.onWeightsChanged(new WeightsChanged());
            }
            while (waiting.size() > 10) {
                EngineTest.await(waiting.removeFirst());
                assertThat(engine.kvHeldBytes()).isLessThanOrEqualTo(budgetBytes(model));
                assertThat(pages("reserved")).isLessThanOrEqualTo(CONTEXT / PAGE);
            }
        }
        for (Generation generation : waiting) {
            EngineTest.await(generation);
        }
        EngineTest.until(() -> serving.sessions.get() == 0, "all are gone");
        assertThat(meters.get("bitstack.inference.prefix.tokens").counter().count())
                .isPositive();
        engine.onWeightsChanged(new WeightsChanged());
        EngineTest.until(() -> engine.kvHeldBytes() == 0, "all pages are given up");
    }

    private static long budgetBytes(ServedModel model) {
        return MemoryModel.kvCacheBytes(model.config().toManifest(), CONTEXT);
    }
}
