package io.bitstack.standalone.cli;

import java.lang.reflect.Proxy;

/**
 * Runs something when the process is told to stop (SIGINT, SIGTERM), before any shutdown hook does. The embedded PostgreSQL stops
 * itself in a hook, and hooks run all at once; the services have to be closed while it still answers.
 *
 * <p>The JDK has this only as {@code sun.misc.Signal}, of the module {@code jdk.unsupported}, whose use the compiler warns of
 * without a way to say that it is meant; hence by reflection.
 */
final class StopSignals {
    private StopSignals() {}

    /** @throws IllegalStateException on a JVM without signals */
    static void onStop(Runnable stop) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(
                    StopSignals.class.getClassLoader(), new Class<?>[] {handler}, (self, method, arguments) -> {
                        Thread.ofPlatform().name("stop").start(stop);
                        return null;
                    });
            for (String name : new String[] {"INT", "TERM"}) {
                signal.getMethod("handle", signal, handler)
                        .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JVM cannot be told of signals", e);
        }
    }
}
