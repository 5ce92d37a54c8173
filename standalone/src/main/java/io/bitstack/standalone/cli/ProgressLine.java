package io.bitstack.standalone.cli;

import io.bitstack.compression.encode.Progress;
import io.bitstack.compression.encode.Step;
import io.bitstack.standalone.demo.JobStatus;
import java.io.Console;
import java.io.PrintWriter;
import java.util.Locale;

/** Progress as one line that is written over on a terminal, and as one line a step elsewhere. */
final class ProgressLine implements Progress {
    private static final int BAR = 24;

    private final PrintWriter out;
    private final boolean terminal = isTerminal();
    private final long start = System.nanoTime();
    private String step = "";
    private long writtenBytes;

    ProgressLine(PrintWriter out) {
        this.out = out;
    }

    @SuppressWarnings("SystemConsoleNull") // null only where the JDK is told to have no console at all
    private static boolean isTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    @Override
    public synchronized void step(Step next) {
        step(next.name().toLowerCase(Locale.ROOT));
    }

    private void step(String next) {
        if (!terminal && !next.equals(step)) {
            out.printf(Locale.ROOT, "          %s (%.1f s)%n", next, (System.nanoTime() - start) / 1e9);
            out.flush();
        }
        step = next;
    }

    @Override
    public synchronized void matrices(int done, int total, String current, double error) {
        bar(done, total, current);
    }

    @Override
    public synchronized void bytes(long written) {
        writtenBytes = written;
    }

    /** Shows how far a job is. */
    synchronized void show(JobStatus job) {
        step(job.step());
        writtenBytes = job.bytesWritten();
        String eta = job.etaSeconds() == null ? "" : "eta " + Numbers.seconds(job.etaSeconds()) + "  ";
        bar(job.matricesDone(), job.matricesTotal(), eta + (job.currentMatrix() == null ? "" : job.currentMatrix()));
    }

    /** Shows how much of an upload is sent. */
    synchronized void sent(String name, long sentBytes, long totalBytes) {
        step("upload");
        writtenBytes = sentBytes;
        bar((int) (100 * sentBytes / Math.max(1, totalBytes)), 100, name);
    }

    private void bar(int done, int total, String rest) {
        if (terminal) {
            int filled = BAR * done / Math.max(1, total);
            out.printf(
                    Locale.ROOT,
                    "\r\u001b[K%-11s [%s%s] %d/%d  %s  %s",
                    step,
                    "#".repeat(filled),
                    ".".repeat(BAR - filled),
                    done,
                    total,
                    Numbers.bytes(writtenBytes),
                    rest);
            out.flush();
        }
    }

    /** Clears the line, so that what follows starts on a fresh one. */
    synchronized void end() {
        if (terminal) {
            out.print("\r\u001b[K");
            out.flush();
        }
    }
}
