package io.bitstack.compression.encode;

import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Tasks of a compression that one process does alone, and that end with it. */
public final class LocalTaskBoard implements TaskBoard {
    private static final class Kept {
        private String basis = "";
        private final Map<Integer, Task> open = new TreeMap<>();
        private final Map<Integer, Task> claimed = new TreeMap<>();
        private final Map<Integer, String> results = new TreeMap<>();
    }

    private final Map<TaskKind, Kept> kept = new EnumMap<>(TaskKind.class);

    private Kept of(TaskKind kind) {
        return kept.computeIfAbsent(kind, missing -> new Kept());
    }

    @Override
    public synchronized void post(TaskKind kind, String basis, List<Task> tasks) {
        Kept all = of(kind);
        if (!all.basis.equals(basis)) {
            all.open.clear();
            all.claimed.clear();
            all.results.clear();
            all.basis = basis;
        }
        for (Task task : tasks) {
            if (!all.results.containsKey(task.number()) && !all.claimed.containsKey(task.number())) {
                all.open.put(task.number(), task);
            }
        }
    }

    @Override
    public synchronized Optional<Claim> claim(List<TaskKind> kinds, Set<String> places, long mostWeights) {
        return kinds.stream()
                .flatMap(kind -> claim(kind, places, mostWeights).stream())
                .findFirst();
    }

    private Optional<Claim> claim(TaskKind kind, Set<String> places, long mostWeights) {
        Kept all = of(kind);
        Set<String> busy = new HashSet<>();
        all.claimed.values().forEach(task -> busy.add(task.place()));
        Optional<Task> best = all.open.values().stream()
                .filter(task -> task.weights() <= mostWeights)
                .min(Comparator.comparing((Task task) -> !places.contains(task.place()))
                        .thenComparing(task -> busy.contains(task.place()))
                        .thenComparingInt(Task::rank)
                        .thenComparingInt(Task::number));
        best.ifPresent(task -> all.claimed.put(task.number(), all.open.remove(task.number())));
        return best.map(task -> new Claim(task, 1));
    }

    @Override
    public synchronized void finish(Claim claim, String result) {
        Kept all = of(claim.task().kind());
        if (all.claimed.remove(claim.task().number(), claim.task())) {
            all.results.put(claim.task().number(), result);
        }
    }

    @Override
    public synchronized void giveUp(Claim claim) {
        Kept all = of(claim.task().kind());
        if (all.claimed.remove(claim.task().number(), claim.task())) {
            all.open.put(claim.task().number(), claim.task());
        }
    }

    @Override
    public synchronized Map<Integer, String> results(TaskKind kind, Set<Integer> known) {
        Map<Integer, String> results = new HashMap<>(of(kind).results);
        results.keySet().removeAll(known);
        return results;
    }

    @Override
    public synchronized void discard(TaskKind kind, int number) {
        of(kind).results.remove(number);
    }

    @Override
    public boolean isHelped() {
        return false;
    }
}
