package io.bitstack.compression.encode;

import io.bitstack.core.codec.EncodedInput;
import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.codec.MatrixEncoder;
import io.bitstack.core.model.MatrixSpec;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.tensor.FloatMatrix;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What the matrices of each input share while they are encoded, made when the first of them is. Safe for several threads. */
final class EncoderInputs {
    private final ModelConfig config;
    private final Checkpoint checkpoint;
    private final MatrixEncoder encoder;
    private final CodecParameters parameters;
    private final Map<String, InputStatistics> statistics;
    private final Map<String, EncodedInput> made = new ConcurrentHashMap<>();

    EncoderInputs(
            ModelConfig config,
            Checkpoint checkpoint,
            MatrixEncoder encoder,
            CodecParameters parameters,
            Map<String, InputStatistics> statistics) {
        this.config = config;
        this.checkpoint = checkpoint;
        this.encoder = encoder;
        this.parameters = parameters;
        this.statistics = statistics;
    }

    EncodedInput of(MatrixSpec matrix) {
        return made.computeIfAbsent(
                matrix.input(),
                input -> encoder.input(
                        parameters.statistics(
                                input, config, statistics.getOrDefault(input, InputStatistics.white(matrix.columns()))),
                        columnEnergies(input, matrix.columns())));
    }

    /** Σ W_ij² of each column over the matrices of an input. */
    private double[] columnEnergies(String input, int columns) {
        double[] energies = new double[columns];
        for (MatrixSpec spec : config.matrices()) {
            if (spec.input().equals(input)) {
                FloatMatrix w = checkpoint.matrix(spec.name(), spec.rows(), columns);
                for (int i = 0; i < spec.rows(); i++) {
                    for (int j = 0; j < columns; j++) {
                        energies[j] += (double) w.at(i, j) * w.at(i, j);
                    }
                }
            }
        }
        return energies;
    }
}
