package io.bitstack.registry.stack;

import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.stack.StackPlanner;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.Id;
import jakarta.persistence.SequenceGenerator;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** A stack in short; its manifest, a blob, has the rest. */
@Entity
@Table(name = "stacks")
public class Stack {
    @Id
    @GeneratedValue(generator = "ids")
    @SequenceGenerator(name = "ids", sequenceName = "ids")
    private long id;

    @Column
    private String digest;

    @Column
    private String architecture;

    @Column
    private String codec;

    @Column
    private long weights;

    @Column
    private int minimalBlocks;

    @Column
    private int blockCount;

    @Column
    private long baseBytes;

    @Column
    private long minimalBytes;

    @Column
    private long totalBytes;

    @Column
    private @Nullable Double fullPerplexity;

    @Column
    private @Nullable Double bestPerplexity;

    protected Stack() {}

    Stack(Digest digest, StackManifest manifest) {
        StackPlanner planner = new StackPlanner(manifest);
        StackManifest.Reference full = manifest.full();
        this.digest = digest.toString();
        this.architecture = manifest.model().architecture();
        this.codec = manifest.codec().name();
        this.weights = manifest.model().weights();
        this.minimalBlocks = manifest.minimalBlocks();
        this.blockCount = manifest.blocks().size();
        this.baseBytes = manifest.baseBytes();
        this.minimalBytes = planner.storedBytes(minimalBlocks);
        this.totalBytes = planner.storedBytes(blockCount);
        this.fullPerplexity = full == null ? null : full.perplexity();
        this.bestPerplexity = planner.expectedPerplexity(blockCount);
    }

    public long id() {
        return id;
    }

    public Digest digest() {
        return Digest.parse(digest);
    }

    /** What clients see of it. */
    public StackView view() {
        return new StackView(
                digest(),
                architecture,
                codec,
                weights,
                blockCount,
                minimalBlocks,
                baseBytes,
                minimalBytes,
                totalBytes,
                8.0 * minimalBytes / weights,
                8.0 * totalBytes / weights,
                fullPerplexity,
                bestPerplexity);
    }
}
