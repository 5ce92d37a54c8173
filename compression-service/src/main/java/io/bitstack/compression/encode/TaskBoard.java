package io.bitstack.compression.encode;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The tasks of one compression. Who leads it posts them; it and all who help take them, each by one worker at a time. Results are kept, so
 * that a compression that was cut off goes on with them. Safe for many threads.
 */
public interface TaskBoard {
    /**
     * Something to do, which has the same result whoever does it.
     *
     * @param number names the task among those of its kind
     * @param rank what is lower is taken first
     * @param place what tasks share that a worker has at hand once it has done one of them: the input of a matrix
     * @param weights how much memory it takes, in weights
     * @param content what a worker has to know; empty if only the leader knows it
     */
    record Task(TaskKind kind, int number, int rank, String place, long weights, String content) {}

    /** @param token of this claim; a later claim of the same task has a higher one, and this one can no longer finish it */
    record Claim(Task task, long token) {}

    /**
     * Offers tasks. What is there of the same kind on another basis is forgotten, results too; a task that has a result keeps it.
     *
     * @param basis a digest of all that the results depend on
     */
    void post(TaskKind kind, String basis, List<Task> tasks);

    /**
     * Takes a task that nobody works on.
     *
     * @param kinds a task of an earlier one is preferred
     * @param places preferred, before the tasks of places where nobody works
     * @param mostWeights larger ones are left
     */
    Optional<Claim> claim(List<TaskKind> kinds, Set<String> places, long mostWeights);

    /** Keeps a result; does nothing if the claim was lost meanwhile. */
    void finish(Claim claim, String result);

    /** Lets go of a task, so that another may have it at once. */
    void giveUp(Claim claim);

    /** Results by the tasks' numbers, but those that are known. */
    Map<Integer, String> results(TaskKind kind, Set<Integer> known);

    /** Forgets a result that is of no use any more. */
    void discard(TaskKind kind, int number);

    /** Whether anybody else takes tasks. */
    boolean isHelped();
}
