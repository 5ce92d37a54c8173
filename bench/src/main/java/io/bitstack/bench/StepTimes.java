package io.bitstack.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How long each step of a job took, and what the core of each worker did meanwhile: ran the worker (compiling and collecting garbage told apart),
 * ran others, such as the database, or nothing.
 */
final class StepTimes {
    private final List<Process> workers;
    private final StringBuilder lines = new StringBuilder();
    private String step = "";
    private long startNanos;
    private List<ProcessorTimes> before = List.of();

    /** @param workers by the core that each is bound to */
    StepTimes(List<Process> workers) {
        this.workers = workers;
    }

    /** Notes what the job is at now. */
    void at(String now) throws IOException {
        if (now.equals(step)) {
            return;
        }
        List<ProcessorTimes> times = new ArrayList<>();
        for (int core = 0; core < workers.size(); core++) {
            times.add(ProcessorTimes.of(workers.get(core).pid(), core));
        }
        if (!step.isEmpty()) {
            lines.append(String.format(Locale.ROOT, "  %-12s %6.1f s", step, (System.nanoTime() - startNanos) / 1e9));
            for (int core = 0; core < times.size(); core++) {
                lines.append("  | ").append(times.get(core).since(before.get(core)));
            }
            lines.append(System.lineSeparator());
        }
        step = now;
        startNanos = System.nanoTime();
        before = times;
    }

    @Override
    public String toString() {
        return lines.toString();
    }
}
