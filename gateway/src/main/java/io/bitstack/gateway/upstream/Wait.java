package io.bitstack.gateway.upstream;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.service.ApiException;
import io.bitstack.service.ClientConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Waits for an answer on behalf of a client, until the client leaves, or until somebody knows that no answer will come. */
public final class Wait {
    /** How often it is looked whether the client is still there. */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    private final ClientConnection client;
    private @Nullable Runnable end;
    private boolean isEnded;

    public Wait(ClientConnection client) {
        this.client = client;
    }

    /** Ends the waiting, and later the answer itself, from any thread. */
    public void end() {
        Runnable how;
        synchronized (this) {
            isEnded = true;
            how = end;
        }
        if (how != null) {
            how.run();
        }
    }

    /** Says how that is done from now on. */
    void endBy(Runnable how) {
        boolean atOnce;
        synchronized (this) {
            end = how;
            atOnce = isEnded;
        }
        if (atOnce) {
            how.run();
        }
    }

    /**
     * The result of what goes on elsewhere.
     *
     * @throws IOException also when the waiting was ended
     */
    <T> T until(CompletableFuture<T> future) throws IOException, InterruptedException {
        boolean isThere = false;
        try {
            while (true) {
                try {
                    T result = future.get(LOOK_AGAIN.toNanos(), TimeUnit.NANOSECONDS);
                    isThere = true;
                    return result;
                } catch (TimeoutException e) {
                    if (client.isClosed()) {
                        throw new ApiException(GatewayCode.UPSTREAM_FAILED, "the client left before an answer came", e);
                    }
                }
            }
        } catch (CancellationException e) {
            throw new IOException("the server was lost", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            if (e.getCause() instanceof CancellationException cause) {
                throw new IOException("the server was lost", cause);
            }
            if (e.getCause() instanceof UncheckedIOException cause) {
                throw cause.getCause();
            }
            if (e.getCause() instanceof ApiException cause) {
                throw cause;
            }
            throw new IllegalStateException("a request failed for no reason of the network", e.getCause());
        } finally {
            if (!isThere) {
                // Closes the connection, which is what the server behind goes by.
                future.cancel(true);
            }
        }
    }
}
