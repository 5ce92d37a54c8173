package io.bitstack.standalone.cli;

import io.bitstack.standalone.platform.Platform;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/** A platform that is stopped in order when the process is told to stop, or when its command is done with it. */
final class RunningPlatform {
    private final Platform platform;
    private final Path log;
    private final Runnable afterwards;
    private final AtomicBoolean stopping = new AtomicBoolean();

    /**
     * Takes charge of a platform.
     *
     * @param afterwards what is left to do when it has stopped
     */
    RunningPlatform(Platform platform, Path log, Runnable afterwards) {
        this.platform = platform;
        this.log = log;
        this.afterwards = afterwards;
        StopSignals.onStop(() -> {
            boolean stopped = stop();
            System.exit(stopped ? 0 : 1);
        });
    }

    /** Says where everything is. */
    void describe(PrintWriter out) {
        out.println("gateway and web admin: " + platform.gatewayUrl());
        out.println("admin key: " + platform.adminKey());
        out.println("log: " + log);
        out.println("stop with Ctrl-C");
        out.flush();
    }

    /** Waits until the process is told to stop. */
    static void serve() throws InterruptedException {
        Thread.currentThread().join();
    }

    /** Stops the platform, once. @return whether everything stopped as it should */
    boolean stop() {
        if (!stopping.compareAndSet(false, true)) {
            return true;
        }
        try {
            platform.close();
            afterwards.run();
            return true;
        } catch (IOException e) {
            System.err.println("bitstack: " + e.getMessage());
            return false;
        }
    }
}
