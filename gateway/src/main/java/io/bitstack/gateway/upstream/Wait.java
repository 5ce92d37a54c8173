package io.bitstack.gateway.upstream;

import io.bitstack.service.ClientConnection;
import org.jspecify.annotations.Nullable;

/** What one client waits for: ended when the client leaves, or by somebody who knows that no answer will come. */
public final class Wait implements Deadlines.Bounded {
    private final ClientConnection client;
    private @Nullable Runnable end;
    private boolean isEnded;
    private boolean isWatched;
    private boolean hasClientLeft;

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

    /** Another thread may look after the client, or no longer: whoever reads from it or writes to it is alone. */
    synchronized void watched(boolean is) {
        isWatched = is;
    }

    /** Ends the waiting if the client has left. */
    @Override
    public void look(long nowNanos) {
        synchronized (this) {
            if (!isWatched || !client.isClosed()) {
                return;
            }
            isWatched = false;
            hasClientLeft = true;
        }
        end();
    }

    synchronized boolean hasClientLeft() {
        return hasClientLeft;
    }
}
