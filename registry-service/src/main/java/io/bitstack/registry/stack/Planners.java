package io.bitstack.registry.stack;

import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackPlanner;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.stereotype.Service;

/** Planners of the stacks that were asked for lately, as many as memory is set aside for; a stack never changes, nor does its planner. */
@Service
public class Planners {
    /** A planner holds eight bytes for each block, and little else. */
    private static final long MOST_BLOCKS = 8L << 20;

    private final Stacks stacks;
    private final PlannerRows rows;
    private final Map<Digest, StackPlanner> known = new LinkedHashMap<>(16, 0.75f, true);
    private long blocks;

    Planners(Stacks stacks, PlannerRows rows) {
        this.stacks = stacks;
        this.rows = rows;
    }

    public StackPlanner planner(Digest stack) {
        synchronized (known) {
            StackPlanner planner = known.get(stack);
            if (planner != null) {
                return planner;
            }
        }
        // Without a row it was published before these were written down, or it is not there.
        StackPlanner made =
                rows.find(stack).orElseGet(() -> new StackPlanner(ManifestJson.read(stacks.manifest(stack))));
        synchronized (known) {
            if (known.putIfAbsent(stack, made) == null) {
                blocks += made.blocks();
                forgetOldest();
            }
        }
        return made;
    }

    private void forgetOldest() {
        Iterator<StackPlanner> oldest = known.values().iterator();
        while (blocks > MOST_BLOCKS && known.size() > 1) {
            blocks -= oldest.next().blocks();
            oldest.remove();
        }
    }
}
