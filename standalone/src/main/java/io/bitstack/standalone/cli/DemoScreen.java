package io.bitstack.standalone.cli;

import io.bitstack.standalone.demo.DemoResult;
import io.bitstack.standalone.demo.DemoTeller;
import io.bitstack.standalone.demo.JobStatus;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** The demonstration on a terminal. */
final class DemoScreen implements DemoTeller {
    private final PrintWriter out;
    private final ProgressLine progress;
    private final long start = System.nanoTime();

    DemoScreen(PrintWriter out) {
        this.out = out;
        this.progress = new ProgressLine(out);
    }

    @Override
    public void stage(String what) {
        out.printf(Locale.ROOT, "%6.1f s  %s%n", (System.nanoTime() - start) / 1e9, what);
        out.flush();
    }

    @Override
    public void compressing(JobStatus status) {
        progress.show(status);
    }

    @Override
    public void compressed(JobStatus status, double seconds) {
        progress.end();
        out.printf(
                Locale.ROOT,
                "          compressed in %.1f s: %s written, stack %s%n",
                seconds,
                Numbers.bytes(status.bytesWritten()),
                status.stackDigest());
        out.flush();
    }

    @Override
    public void nodes(List<DemoResult.NodeResult> nodes) {
        out.println();
        Table table = new Table("NODE", "BUDGET", "BLOCKS", "HELD", "BPW", "EXPECTED PERPLEXITY");
        for (DemoResult.NodeResult node : nodes) {
            table.row(
                    node.name(),
                    Numbers.bytes(node.budgetBytes()),
                    Integer.toString(node.blocks()),
                    Numbers.bytes(node.heldBytes()),
                    Numbers.decimal(node.bpw(), 2),
                    Numbers.decimal(node.expectedPerplexity(), 3));
        }
        table.print(out);
        out.println();
    }

    @Override
    public void asking(String node) {
        out.print("  " + node + ": ");
        out.flush();
    }

    @Override
    public void piece(String text) {
        out.print(text);
        out.flush();
    }

    @Override
    public void answered() {
        out.println();
        out.println();
        out.flush();
    }

    @Override
    public void resized(DemoResult.Resize resize) {
        out.printf(
                Locale.ROOT,
                "          %s went from %s to %s in %.1f ms; the request %s%n",
                resize.node(),
                Numbers.bytes(resize.beforeBytes()),
                Numbers.bytes(resize.afterBytes()),
                resize.millis(),
                resize.requestCompleted() ? "ran on and finished" : "did not finish as it should");
        out.flush();
    }
}
