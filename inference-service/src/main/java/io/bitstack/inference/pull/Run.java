package io.bitstack.inference.pull;

import io.bitstack.core.stack.Descriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Neighbouring blobs that are fetched with one request.
 *
 * @param from the place of the first blob in its part of the stack
 */
record Run(StackPart part, int from, List<Descriptor> blobs) {
    /** Large enough that the wait for an answer is small beside it, small enough that several are under way. */
    private static final long RUN_BYTES = 4L << 20;

    private static final int RUN_BLOBS = 2000;

    long sizeBytes() {
        return blobs.stream().mapToLong(Descriptor::sizeBytes).sum();
    }

    int to() {
        return from + blobs.size();
    }

    /** The rest from a blob on. */
    Run after(int done) {
        return new Run(part, from + done, blobs.subList(done, blobs.size()));
    }

    /**
     * Divides what is missing of a part of a stack.
     *
     * @param from the place of the first of these blobs
     * @param smallBytes blobs up to this size share a request; each of the others is a run of its own
     */
    static List<Run> of(
            StackPart part, int from, List<Descriptor> blobs, Predicate<Descriptor> isMissing, long smallBytes) {
        List<Run> runs = new ArrayList<>();
        List<Descriptor> open = new ArrayList<>();
        long bytes = 0;
        for (int i = 0; i < blobs.size(); i++) {
            Descriptor blob = blobs.get(i);
            boolean missing = isMissing.test(blob);
            boolean small = blob.sizeBytes() <= smallBytes;
            if (!open.isEmpty() && (!missing || !small || bytes >= RUN_BYTES || open.size() >= RUN_BLOBS)) {
                runs.add(new Run(part, from + i - open.size(), List.copyOf(open)));
                open.clear();
                bytes = 0;
            }
            if (missing && small) {
                open.add(blob);
                bytes += blob.sizeBytes();
            } else if (missing) {
                runs.add(new Run(part, from + i, List.of(blob)));
            }
        }
        if (!open.isEmpty()) {
            runs.add(new Run(part, from + blobs.size() - open.size(), List.copyOf(open)));
        }
        return runs;
    }
}
