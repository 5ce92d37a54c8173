package io.bitstack.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Prints how much faster two workers of one core each are at one job than one worker of one core: processes of their own, each bound to its core
 * by {@code taskset}, with a database and a file store that they share. Arguments: model directory or GGUF file (demo/model), calibration
 * text (demo/text/calibration.txt), evaluation text (demo/text/heldout.txt), and any of {@code order=NAME}, {@code workers=N} (2; 1: that run
 * alone), {@code alone=no} (leaves out the run of one worker), {@code jobs=N} (1: the same job so often by the same processes, of which the last counts: by then
 * they have compiled their code), {@code s3=BUCKET/PREFIX} (workers read the model there, on the server of {@code BITSTACK_BLOBS_ENDPOINT}) and codec
 * parameters, {@code name=value}.
 */
public final class WorkersBenchmark {
    private WorkersBenchmark() {}

    public static void main(String[] args) throws Exception {
        Map<String, String> options = new HashMap<>(Map.of("workers", "2", "alone", "yes", "jobs", "1"));
        WorkerProcesses.Work work = WorkerProcesses.Work.of(args, options);
        int workers = Integer.parseInt(options.getOrDefault("workers", "2"));
        int jobs = Integer.parseInt(options.getOrDefault("jobs", "1"));
        try (WorkerProcesses processes = new WorkerProcesses()) {
            if (options.getOrDefault("alone", "yes").equals("no") || workers == 1) {
                System.out.println("the stack: " + measure(processes, work, workers, jobs).digest);
                return;
            }
            Result one = measure(processes, work, 1, jobs);
            Result several = measure(processes, work, workers, jobs);
            System.out.printf("%d workers are %.2f times as fast as one%n", workers, one.seconds / several.seconds);
            if (!one.digest.equals(several.digest)) {
                throw new IllegalStateException("the stacks differ: %s and %s".formatted(one.digest, several.digest));
            }
            System.out.println("the same stack: " + one.digest);
        }
    }

    private record Result(double seconds, String digest) {}

    private static Result measure(WorkerProcesses processes, WorkerProcesses.Work work, int workers, int jobs)
            throws Exception {
        List<Process> running = new ArrayList<>();
        try {
            for (int core = 0; core < workers; core++) {
                running.add(processes.start(work, "workers-" + workers, core));
            }
            Result result = run(processes, work, running);
            for (int job = 1; job < jobs; job++) {
                result = run(processes, work, running);
            }
            return result;
        } finally {
            running.forEach(Process::destroyForcibly);
        }
    }

    private static Result run(WorkerProcesses processes, WorkerProcesses.Work work, List<Process> running)
            throws Exception {
        UUID job = processes.insert(work);
        StepTimes steps = new StepTimes(running);
        long[] mostBytes = new long[running.size()];
        String state;
        do {
            // Not so often that it takes time from the workers, which have no core to spare.
            Thread.sleep(200);
            state = processes.state(job);
            steps.at(state);
            for (int w = 0; w < mostBytes.length; w++) {
                mostBytes[w] =
                        Math.max(mostBytes[w], ProcessMemory.of(running.get(w)).ownBytes());
            }
        } while (!state.equals("done"));
        Thread.sleep(1000); // a helper says what it has done
        System.out.printf("%d worker(s): %.1f s%n", running.size(), processes.seconds(job));
        System.out.print(steps);
        System.out.println(processes.log(job, "^worker"));
        System.out.println("  memory without mapped files, at most: "
                + Arrays.stream(mostBytes).mapToObj(AllowedMemory::inWords).collect(Collectors.joining(", "))
                + "; allowed: " + AllowedMemory.inWords(AllowedMemory.bytes(work.config())));
        return new Result(processes.seconds(job), processes.digest(job));
    }
}
