package io.bitstack.core.codec;

import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Interrupts a computation once it is seen in its midst, as whoever cancels a job does. */
public final class InTheMidst {
    /** The computation may have passed its last look before it is interrupted, but not every time. */
    private static final int ATTEMPTS = 100;

    private InTheMidst() {}

    /**
     * Whether a computation that takes a while gives up when it is interrupted there. One that looks only before it begins does not.
     *
     * @param place part of {@code package.Class.method} of a call that it is in for most of the time
     */
    public static boolean isGivenUp(Runnable computation, String place) throws InterruptedException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            FutureTask<?> task = new FutureTask<>(computation, null);
            Thread thread = Thread.ofPlatform().daemon().start(task);
            while (thread.isAlive() && !isAt(thread, place)) {
                Thread.onSpinWait();
            }
            thread.interrupt();
            thread.join();
            try {
                task.get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof CancellationException) {
                    return true;
                }
                throw new AssertionError(e.getCause());
            }
        }
        return false;
    }

    private static boolean isAt(Thread thread, String place) {
        return Arrays.stream(thread.getStackTrace())
                .anyMatch(frame -> (frame.getClassName() + "." + frame.getMethodName()).contains(place));
    }
}
