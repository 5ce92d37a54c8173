package io.bitstack.registry.stack;

import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackPlanner;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.stereotype.Service;

/** Planners of the stacks that were asked for lately; a stack never changes, so neither does its planner. */
@Service
public class Planners {
    private static final int MOST = 32;

    private final Stacks stacks;
    private final Map<Digest, StackPlanner> known = new LinkedHashMap<>(MOST, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Digest, StackPlanner> eldest) {
            return size() > MOST;
        }
    };

    Planners(Stacks stacks) {
        this.stacks = stacks;
    }

    public StackPlanner planner(Digest stack) {
        synchronized (known) {
            StackPlanner planner = known.get(stack);
            if (planner != null) {
                return planner;
            }
        }
        StackPlanner made = new StackPlanner(ManifestJson.read(stacks.manifest(stack)));
        synchronized (known) {
            known.put(stack, made);
        }
        return made;
    }
}
