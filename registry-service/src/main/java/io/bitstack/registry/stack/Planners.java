package io.bitstack.registry.stack;

import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackPlanner;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.springframework.stereotype.Service;

/** Planners of the stacks that were asked for lately, as many as memory is set aside for; a stack never changes, nor does its planner. */
@Service
public class Planners {
    /** What a plan is made of, beside {@code block_sizes}: columns of stacks, under the name s. */
    public static final String COLUMNS = "s.shape, s.base_bytes, s.resident_base_bytes, s.minimal_blocks, s.curve";

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
        return find(stack).orElseGet(() -> make(stack));
    }

    /** The planner of a stack whose row is at hand, {@link #COLUMNS} and {@code block_sizes}; empty if it is not known and one is null. */
    public Optional<StackPlanner> planner(Digest stack, ResultSet row) throws SQLException {
        Optional<StackPlanner> here = find(stack);
        if (here.isPresent()) {
            return here;
        }
        Optional<StackPlanner> made = rows.read(row);
        made.ifPresent(read -> keep(stack, read));
        return made;
    }

    private Optional<StackPlanner> find(Digest stack) {
        synchronized (known) {
            return Optional.ofNullable(known.get(stack));
        }
    }

    private StackPlanner make(Digest stack) {
        // Without a row it was published before these were written down, or it is not there.
        StackPlanner made =
                rows.find(stack).orElseGet(() -> new StackPlanner(ManifestJson.read(stacks.manifest(stack))));
        keep(stack, made);
        return made;
    }

    private void keep(Digest stack, StackPlanner made) {
        synchronized (known) {
            if (known.putIfAbsent(stack, made) == null) {
                blocks += made.blocks();
                forgetOldest();
            }
        }
    }

    private void forgetOldest() {
        Iterator<StackPlanner> oldest = known.values().iterator();
        while (blocks > MOST_BLOCKS && known.size() > 1) {
            blocks -= oldest.next().blocks();
            oldest.remove();
        }
    }
}
