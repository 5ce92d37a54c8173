package io.bitstack.standalone.platform;

import io.bitstack.service.net.PortForLater;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for processes that have to be told theirs before they start. They lie below those that systems give to whoever asks for any, so that no connection or server
 * takes one between here and there, and above those of {@link PortForLater}, which knows nothing of the other JVMs that run tests.
 */
public final class FreePorts {
    /** Which of the JVMs that Surefire runs tests in at the same time this is; 1 where there is one. */
    public static final int FORK = Integer.getInteger("bitstack.fork", 1);

    private static final int FIRST = 20_000;
    private static final int BEYOND = 32_000;
    private static final int FORKS = 4;
    private static final Set<Integer> GIVEN = new HashSet<>();

    private FreePorts() {}

    /** Another one at each call. */
    public static synchronized int next() throws IOException {
        while (true) {
            // Each JVM has its own: one that another has given away looks free until the server has started.
            int port = ThreadLocalRandom.current().nextInt(FIRST, BEYOND) / FORKS * FORKS + FORK % FORKS;
            if (GIVEN.add(port) && PortForLater.isFree(port)) {
                return port;
            }
            if (GIVEN.size() > (BEYOND - FIRST) / FORKS - 100) {
                throw new IOException("no port is free between %d and %d".formatted(FIRST, BEYOND));
            }
        }
    }
}
