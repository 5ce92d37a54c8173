package io.bitstack.compression.encode;

import io.bitstack.core.codec.MatrixRole;
import io.bitstack.core.model.MatrixPart;
import io.bitstack.core.model.MatrixSpec;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.tensor.FloatMatrix;
import java.util.ArrayList;
import java.util.List;

/**
 * What becomes one matrix of the stack: a tensor, or some rows of a tensor with one row a token. Tokenizers number tokens by how
 * often they occur, and what a row's error costs goes with that: the first rows matter a hundred times as much as the last.
 *
 * @param name the matrix's name in the manifest
 * @param part the rows that it holds
 */
record SourceMatrix(String name, MatrixSpec tensor, MatrixPart part, MatrixRole role) {
    /** No part has more weights than this, so that a large vocabulary takes no more memory than the largest matrices of a layer. */
    private static final int MOST_PART_WEIGHTS = 1 << 26;

    /**
     * All matrices of a model.
     *
     * @param firstRows tensors with one row a token are cut into parts, the first with so many rows, the others up to twice as
     *     far each, but no larger than what is encoded at once; 0 leaves them whole
     */
    static List<SourceMatrix> of(ModelConfig config, int firstRows) {
        List<SourceMatrix> all = new ArrayList<>();
        for (MatrixSpec tensor : config.matrices()) {
            if (tensor.rows() != config.vocabularySize()) {
                all.add(whole(tensor, MatrixRole.LINEAR));
            } else if (firstRows == 0 || tensor.rows() <= firstRows) {
                all.add(whole(tensor, MatrixRole.EMBEDDING));
            } else {
                addParts(tensor, firstRows, all);
            }
        }
        return List.copyOf(all);
    }

    private static SourceMatrix whole(MatrixSpec tensor, MatrixRole role) {
        return new SourceMatrix(tensor.name(), tensor, new MatrixPart(tensor.name(), 0, tensor.rows()), role);
    }

    private static void addParts(MatrixSpec tensor, int firstRows, List<SourceMatrix> all) {
        int mostRows = Math.max(firstRows, MOST_PART_WEIGHTS / tensor.columns());
        int first = 0;
        while (first < tensor.rows()) {
            int end = (int) Math.min(tensor.rows(), first == 0 ? firstRows : first + (long) Math.min(first, mostRows));
            MatrixPart part = new MatrixPart(tensor.name(), first, end - first);
            all.add(new SourceMatrix(part.name(), tensor, part, MatrixRole.EMBEDDING));
            first = end;
        }
    }

    int rows() {
        return part.rows();
    }

    int columns() {
        return tensor.columns();
    }

    long weights() {
        return (long) rows() * columns();
    }

    FloatMatrix read(Checkpoint checkpoint) {
        return checkpoint.rows(tensor.name(), tensor.rows(), tensor.columns(), part.firstRow(), part.rows());
    }
}
