package io.bitstack.registry.stack;

import io.bitstack.core.stack.Digest;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;

/** A residual block at its place in the stack order. */
@Entity
@IdClass(PositionInStack.class)
@Table(name = "residual_blocks")
class ResidualBlock {
    @Id
    private long stackId;

    @Id
    private int position;

    @Column
    private int matrix;

    @Column
    private int level;

    @Column
    private String digest;

    @Column
    private long sizeBytes;

    @Column
    private double gain;

    protected ResidualBlock() {}

    int position() {
        return position;
    }

    BlockView view() {
        return new BlockView(position, matrix, level, Digest.parse(digest), sizeBytes, gain);
    }

    /**
     * What clients see of it.
     *
     * @param matrix index into the manifest's matrices
     */
    record BlockView(int position, int matrix, int level, Digest digest, long sizeBytes, double gain) {}
}
