package io.bitstack.bench;

import java.util.List;
import java.util.Locale;

/** How long each step of a job took, and how much processor time each of some processes: what is missing from the one in the other, it waited. */
final class StepTimes {
    private final List<Process> processes;
    private final StringBuilder lines = new StringBuilder();
    private String step = "";
    private long startNanos;
    private double[] before = {};

    StepTimes(List<Process> processes) {
        this.processes = processes;
    }

    /** Notes what the job is at now. */
    void at(String now) {
        if (now.equals(step)) {
            return;
        }
        double[] seconds = processorSeconds();
        if (!step.isEmpty()) {
            lines.append(String.format(
                    Locale.ROOT, "  %-12s %6.1f s, of the processor:", step, (System.nanoTime() - startNanos) / 1e9));
            for (int i = 0; i < seconds.length; i++) {
                lines.append(String.format(Locale.ROOT, " %6.1f", seconds[i] - before[i]));
            }
            lines.append(System.lineSeparator());
        }
        step = now;
        startNanos = System.nanoTime();
        before = seconds;
    }

    private double[] processorSeconds() {
        return processes.stream()
                .mapToDouble(process -> process.info()
                        .totalCpuDuration()
                        .map(duration -> duration.toMillis() / 1e3)
                        .orElse(0.0))
                .toArray();
    }

    @Override
    public String toString() {
        return lines.toString();
    }
}
