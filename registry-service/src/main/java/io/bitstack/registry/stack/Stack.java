package io.bitstack.registry.stack;

import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.stack.StackPlanner;
import io.bitstack.core.stack.StackShape;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.Id;
import jakarta.persistence.SequenceGenerator;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** A stack in short; its manifest, a blob, has the rest. */
@Entity
@Table(name = "stacks")
public class Stack {
    private static final int LONGEST_TOOL = 500;

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

    @Column
    private @Nullable Long residentBaseBytes;

    @Column(columnDefinition = "text")
    private @Nullable String shape;

    @Column(columnDefinition = "text")
    private @Nullable String curve;

    @Column
    private @Nullable String sourceDigest;

    @Column
    private @Nullable String calibrationDigest;

    @Column
    private @Nullable String evaluationDigest;

    @Column
    private @Nullable String tool;

    @Column(columnDefinition = "text")
    private @Nullable String parameters;

    protected Stack() {}

    Stack(Digest digest, StackManifest manifest, JsonMapper json) {
        StackManifest.Lineage lineage = manifest.lineage();
        StackShape seen = StackShape.of(manifest);
        this.residentBaseBytes = seen.residentBaseBytes();
        this.shape = json.writeValueAsString(manifest.model());
        this.curve = json.writeValueAsString(manifest.curve());
        this.sourceDigest = lineage.source().toString();
        this.calibrationDigest = text(lineage.calibration());
        this.evaluationDigest = text(lineage.evaluation());
        this.tool = lineage.tool().length() <= LONGEST_TOOL
                ? lineage.tool()
                : lineage.tool().substring(0, LONGEST_TOOL);
        this.parameters = json.writeValueAsString(lineage.parameters());
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

    private static @Nullable String text(@Nullable Digest digest) {
        return digest == null ? null : digest.toString();
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
