package io.bitstack.compression.encode;

import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.model.MatrixSpec;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.tensor.FloatMatrix;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Reads the matrices of one decoder layer at a time, each once for all windows of calibration text. */
final class LayerReader {
    private final ModelConfig config;
    private final Checkpoint checkpoint;
    private final ModelWeights dense;
    private final RowPool pool;

    /** @param dense the full model, in place */
    LayerReader(ModelConfig config, Checkpoint checkpoint, ModelWeights dense, RowPool pool) {
        this.config = config;
        this.checkpoint = checkpoint;
        this.dense = dense;
        this.pool = pool;
    }

    /** The full model with the matrices of a layer converted to floats. */
    ModelWeights with(int layer) {
        List<MatrixSpec> specs = new ArrayList<>(config.matricesOfLayer(layer));
        // The largest first, so that no thread is left with one of them while the others have no more to do.
        specs.sort(Comparator.comparingLong((MatrixSpec spec) -> -(long) spec.rows() * spec.columns()));
        Map<String, FloatMatrix> decoded = new ConcurrentHashMap<>();
        pool.forRows(specs.size(), 1, (from, to) -> {
            for (MatrixSpec spec : specs.subList(from, to)) {
                decoded.put(spec.name(), checkpoint.matrix(spec.name(), spec.rows(), spec.columns()));
            }
        });
        return dense.withDecoded(decoded);
    }
}
