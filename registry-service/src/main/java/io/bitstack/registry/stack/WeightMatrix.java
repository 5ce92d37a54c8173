package io.bitstack.registry.stack;

import io.bitstack.core.stack.StackManifest;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;

/** A weight matrix of a stack, with its header. */
@Entity
@IdClass(PositionInStack.class)
@Table(name = "weight_matrices")
class WeightMatrix {
    @Id
    private long stackId;

    @Id
    private int position;

    @Column
    private String name;

    @Column
    private int rowCount;

    @Column
    private int columnCount;

    @Column
    private int startLevel;

    @Column
    private int levelCount;

    @Column
    private String headerDigest;

    protected WeightMatrix() {}

    WeightMatrix(long stackId, int position, StackManifest.Matrix matrix) {
        this.stackId = stackId;
        this.position = position;
        this.name = matrix.name();
        this.rowCount = matrix.rows();
        this.columnCount = matrix.columns();
        this.startLevel = matrix.startLevel();
        this.levelCount = matrix.levels();
        this.headerDigest = matrix.digest().toString();
    }

    @Override
    public String toString() {
        return "%d/%d %s %d × %d, levels %d to %d, %s"
                .formatted(stackId, position, name, rowCount, columnCount, startLevel, levelCount, headerDigest);
    }
}
