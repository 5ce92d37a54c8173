package io.bitstack.gateway.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import io.bitstack.service.access.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What was learned about a secret is used for a while; nobody who asks in that while waits. */
class RememberedTest {
    /** So long that no test outlasts it. */
    private static final Duration LONG = Duration.ofHours(1);

    private static final Principal ADA = new Principal("k1", "ada", Role.VIEWER, null);
    private static final Principal BOB = new Principal("k2", "bob", Role.VIEWER, null);

    private static Optional<Remembered.Owner> owner(Principal who) {
        return Optional.of(new Remembered.Owner(who, Instant.MAX));
    }

    private static Optional<Remembered.Owner> unasked() {
        throw new AssertionError("this is fresh enough");
    }

    @Test
    void whatIsFreshIsNotAskedAgain() {
        Remembered remembered = new Remembered(LONG);
        assertThat(remembered.get("s", RememberedTest::unasked)).isEmpty();
        assertThat(remembered.learn("s", owner(ADA))).hasValue(ADA);
        assertThat(remembered.get("s", RememberedTest::unasked)).hasValue(ADA);
        assertThat(remembered.get("t", RememberedTest::unasked)).isEmpty();
        assertThat(remembered.learn("s", Optional.empty())).isEmpty();
        assertThat(remembered.get("s", RememberedTest::unasked)).isEmpty();
    }

    @Test
    void whatHasEndedByItselfIsForgotten() {
        Remembered remembered = new Remembered(LONG);
        remembered.learn("s", Optional.of(new Remembered.Owner(ADA, Instant.EPOCH)));
        assertThat(remembered.get("s", RememberedTest::unasked)).isEmpty();
    }

    @Test
    void whatIsInUseIsAskedAgainWhileTheLastWordHolds() throws Exception {
        Remembered remembered = new Remembered(LONG, Duration.ZERO);
        remembered.learn("s", owner(ADA));
        CountDownLatch mayAnswer = new CountDownLatch(1);
        assertThat(remembered.get("s", () -> {
                    await(mayAnswer);
                    return owner(BOB);
                }))
                .hasValue(ADA);
        assertThat(remembered.get("s", RememberedTest::unasked))
                .as("one asks for all")
                .hasValue(ADA);
        mayAnswer.countDown();
        awaitWhose(remembered, Optional.of(BOB));
    }

    @Test
    void whatWasRevokedIsForgottenAndASilentRegistryChangesNothing() throws Exception {
        Remembered remembered = new Remembered(LONG, Duration.ZERO);
        remembered.learn("s", owner(ADA));
        CountDownLatch isAsked = new CountDownLatch(1);
        remembered.get("s", () -> {
            isAsked.countDown();
            throw new ApiException(CommonCode.INTERNAL_ERROR, "silent");
        });
        await(isAsked);
        assertThat(remembered.get("s", RememberedTest::unasked)).hasValue(ADA);
        remembered.learn("s", owner(ADA));
        remembered.get("s", Optional::empty);
        awaitWhose(remembered, Optional.empty());
    }

    /** Somebody logs out while it is asked whether he is still logged in. */
    @Test
    void whatIsForgottenMeanwhileStaysForgotten() throws Exception {
        Remembered remembered = new Remembered(LONG, Duration.ZERO);
        remembered.learn("s", owner(ADA));
        CountDownLatch mayAnswer = new CountDownLatch(1);
        Thread[] asking = new Thread[1];
        CountDownLatch isAsked = new CountDownLatch(1);
        remembered.get("s", () -> {
            asking[0] = Thread.currentThread();
            isAsked.countDown();
            await(mayAnswer);
            return owner(ADA);
        });
        await(isAsked);
        remembered.forget(ADA::equals);
        mayAnswer.countDown();
        asking[0].join();
        assertThat(remembered.get("s", RememberedTest::unasked)).isEmpty();
    }

    private static void awaitWhose(Remembered remembered, Optional<Principal> who) throws InterruptedException {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!remembered.get("s", () -> who.flatMap(RememberedTest::owner)).equals(who)) {
            assertThat(System.nanoTime()).as("it is never learned").isLessThan(endNanos);
            Thread.sleep(5);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
