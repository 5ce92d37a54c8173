package io.bitstack.inference.chat;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.interpret.RenderResult;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Map;
import java.util.concurrent.Callable;

/** One rendering of a template, which knows how much its thread has computed: on a busy machine the clock says little about a template. */
final class Rendering implements Callable<RenderResult> {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final Jinjava jinjava;
    private final String template;
    private final Map<String, ?> variables;

    // Written by the thread that renders.
    private volatile long thread;
    private volatile long computedBeforeNanos = -1;

    Rendering(Jinjava jinjava, String template, Map<String, ?> variables) {
        this.jinjava = jinjava;
        this.template = template;
        this.variables = variables;
    }

    @Override
    public RenderResult call() {
        thread = Thread.currentThread().threadId();
        computedBeforeNanos = THREADS.getCurrentThreadCpuTime();
        return jinjava.renderForResult(TemplateSource.of(template), variables);
    }

    /** Processor time so far; 0 before it has begun. */
    long computedNanos() {
        long before = computedBeforeNanos;
        return before < 0 ? 0 : Math.max(0, THREADS.getThreadCpuTime(thread) - before);
    }
}
