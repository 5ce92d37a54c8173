package io.bitstack.registry.stack;

import io.bitstack.core.stack.Digest;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;

/** A blob that every prefix of a stack needs: a file, the tensors, an input. */
@Entity
@IdClass(PositionInStack.class)
@Table(name = "base_blobs")
class BaseBlob {
    @Id
    private long stackId;

    @Id
    private int position;

    @Column
    private String digest;

    protected BaseBlob() {}

    BaseBlob(long stackId, int position, Digest digest) {
        this.stackId = stackId;
        this.position = position;
        this.digest = digest.toString();
    }

    @Override
    public String toString() {
        return "%d/%d %s".formatted(stackId, position, digest);
    }
}
