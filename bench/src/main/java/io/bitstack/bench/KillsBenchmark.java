package io.bitstack.bench;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Kills the worker of a job with SIGKILL at random moments, starts another each time, and fails unless the stack is that of an undisturbed run.
 * Arguments as {@link WorkersBenchmark} takes them, and {@code kills=N} (10), {@code seed=N} (1).
 */
public final class KillsBenchmark {
    private KillsBenchmark() {}

    public static void main(String[] args) throws Exception {
        Map<String, String> options = new HashMap<>(Map.of("kills", "10", "seed", "1"));
        WorkerProcesses.Work work = WorkerProcesses.Work.of(args, options);
        int kills = Integer.parseInt(options.getOrDefault("kills", "10"));
        Random random = new Random(Long.parseLong(options.getOrDefault("seed", "1")));
        try (WorkerProcesses processes = new WorkerProcesses()) {
            Process worker = processes.start(work, "undisturbed", null);
            UUID undisturbed;
            try {
                undisturbed = processes.insert(work);
                await(processes, undisturbed, Long.MAX_VALUE);
            } finally {
                worker.destroyForcibly().waitFor();
            }
            double seconds = processes.seconds(undisturbed);
            System.out.printf("undisturbed: %.1f s, %s%n", seconds, processes.digest(undisturbed));

            worker = processes.start(work, "killed", null);
            try {
                UUID killed = processes.insert(work);
                int done = 0;
                // Counted from where the job runs, and runs are counted by their claims: a worker may die before it has
                // claimed the job.
                awaitRun(processes, killed, 0);
                // On average so long that all of them together live as long as an undisturbed run.
                while (done < kills
                        && !await(
                                processes, killed, (long) (random.nextDouble() * seconds * 2e9 / Math.max(1, kills)))) {
                    long run = processes.runs(killed);
                    worker.destroyForcibly().waitFor();
                    done++;
                    worker = processes.start(work, "killed", null);
                    // It takes up the job once the dead one's lease has run out.
                    awaitRun(processes, killed, run);
                }
                await(processes, killed, Long.MAX_VALUE);
                System.out.printf(
                        "killed %d times: %.1f s, %s%n", done, processes.seconds(killed), processes.digest(killed));
                System.out.println(processes.log(killed, "^run|^worker|, after"));
                if (!processes.digest(killed).equals(processes.digest(undisturbed))) {
                    throw new IllegalStateException("the stacks differ");
                }
                if (done < kills) {
                    throw new IllegalStateException(
                            "the job was done after %d kills; use a larger model".formatted(done));
                }
            } finally {
                worker.destroyForcibly().waitFor();
            }
        }
    }

    /** Waits until a job is claimed anew, or done. */
    private static void awaitRun(WorkerProcesses processes, UUID job, long after) throws Exception {
        while (processes.runs(job) <= after && !processes.isDone(job)) {
            Thread.sleep(100);
        }
    }

    /** Whether the job was done within a time. */
    private static boolean await(WorkerProcesses processes, UUID job, long nanos) throws Exception {
        long start = System.nanoTime();
        while (!processes.isDone(job)) {
            if (System.nanoTime() - start >= nanos) {
                return false;
            }
            Thread.sleep(TimeUnit.NANOSECONDS.toMillis(Math.min(nanos, TimeUnit.MILLISECONDS.toNanos(100))));
        }
        return true;
    }
}
