package io.bitstack.core.codec;

import io.bitstack.core.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;

/** Seeded matrices and statistics for the tests of codecs. */
final class Matrices {
    private Matrices() {}

    static FloatMatrix gaussian(Random random, int rows, int columns) {
        FloatMatrix matrix = FloatMatrix.zeros(rows, columns);
        for (int i = 0; i < matrix.data().length; i++) {
            matrix.data()[i] = (float) random.nextGaussian();
        }
        return matrix;
    }

    /** Activations with a few loud directions, as real models have. */
    static InputStatistics statistics(Random random, int n, int tokens) {
        float[] h = new float[n * n];
        float[] scale = new float[n];
        float[] loud = gaussian(random, 1, n).data();
        for (int t = 0; t < tokens; t++) {
            float[] x = gaussian(random, 1, n).data();
            float push = (float) random.nextGaussian() * 3;
            for (int j = 0; j < n; j++) {
                x[j] += push * loud[j];
            }
            for (int i = 0; i < n; i++) {
                scale[i] += x[i] * x[i] / tokens;
                for (int j = 0; j < n; j++) {
                    h[i * n + j] += x[i] * x[j] / tokens;
                }
            }
        }
        for (int j = 0; j < n; j++) {
            scale[j] = (float) Math.sqrt(scale[j]) + 1e-3f;
        }
        return new InputStatistics(n, h, scale);
    }

    /** Parameters with every part of the codec on, embeddings coded as other matrices are. */
    static NestedParameters parameters(int start, int levels, double damping, int feedbackLevels, int sideRank) {
        return new NestedParameters(
                start, levels, damping, feedbackLevels, 1, sideRank, true, true, true, true, start, feedbackLevels);
    }

    /** What the encoding of an input asks of its only matrix. */
    static InputWeights inputWeights(FloatMatrix w) {
        double[] energies = new double[w.columns()];
        for (int at = 0; at < w.data().length; at++) {
            energies[at % w.columns()] += (double) w.data()[at] * w.data()[at];
        }
        return new InputWeights(w.rows(), energies);
    }

    static List<MemorySegment> segments(List<byte[]> blocks) {
        return blocks.stream().map(MemorySegment::ofArray).toList();
    }

    /** Relative squared error ‖W − Ŵ‖² / ‖W‖². */
    static double relativeError(FloatMatrix w, FloatMatrix decoded) {
        double error = 0;
        double norm = 0;
        for (int i = 0; i < w.data().length; i++) {
            double difference = w.data()[i] - decoded.data()[i];
            error += difference * difference;
            norm += (double) w.data()[i] * w.data()[i];
        }
        return error / norm;
    }
}
