package io.bitstack.compression.encode;

import io.bitstack.core.codec.EncodedInput;
import io.bitstack.core.codec.EncodedMatrix;
import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.codec.MatrixEncoder;
import io.bitstack.core.model.MatrixSpec;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.tensor.FloatMatrix;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Encodes every matrix of a checkpoint and stores its blobs: for each decoder layer its statistics are collected, then its matrices are
 * encoded, several at a time, then both are dropped. The head comes last. Memory is that of one layer or of the head.
 */
final class MatrixEncoding {
    /** Matrices that are encoded at the same time have no more weights than this together: about 2 GiB of working copies. */
    private static final long ENCODED_AT_ONCE_WEIGHTS = 1L << 27;

    private final ModelConfig config;
    private final Checkpoint checkpoint;
    private final MatrixEncoder encoder;
    private final CodecParameters parameters;
    private final BlobSink sink;
    private final Progress progress;
    private final int threads;
    private final BooleanSupplier cancelled;
    private final List<SourceMatrix> sources;
    private final EncodedModel.@Nullable Stored[] stored;
    private final Map<String, Descriptor> inputBlobs = new HashMap<>();
    private int done;

    MatrixEncoding(
            ModelConfig config,
            Checkpoint checkpoint,
            MatrixEncoder encoder,
            CodecParameters parameters,
            BlobSink sink,
            Progress progress,
            int threads,
            BooleanSupplier cancelled) {
        this.config = config;
        this.checkpoint = checkpoint;
        this.encoder = encoder;
        this.parameters = parameters;
        this.sink = sink;
        this.progress = progress;
        this.threads = threads;
        this.cancelled = cancelled;
        this.sources = SourceMatrix.of(config, parameters.embeddingPartRows());
        this.stored = new EncodedModel.@Nullable Stored[sources.size()];
    }

    void run(ModelWeights dense, Calibration calibration) throws IOException {
        for (int layer = 0; layer < config.layers(); layer++) {
            // Converted once, for all windows.
            ModelWeights decoded = dense.withDecoded(decoded(config.matricesOfLayer(layer)));
            encode(calibration.layer(decoded, layer));
        }
        Map<String, InputStatistics> last = new TreeMap<>(calibration.head(dense));
        for (int m = 0; m < stored.length; m++) {
            if (stored[m] == null) {
                // An untied embedding only hands out rows.
                String input = sources.get(m).tensor().input();
                last.putIfAbsent(input, InputStatistics.white(sources.get(m).columns()));
            }
        }
        encode(last);
    }

    private Map<String, FloatMatrix> decoded(List<MatrixSpec> specs) {
        Map<String, FloatMatrix> matrices = new LinkedHashMap<>();
        for (MatrixSpec spec : specs) {
            matrices.put(spec.name(), checkpoint.matrix(spec.name(), spec.rows(), spec.columns()));
        }
        return matrices;
    }

    /** Encodes the matrices that read some inputs, the largest first, so that no thread is left with it at the end. */
    private void encode(Map<String, InputStatistics> statistics) throws IOException {
        List<Integer> now = new ArrayList<>();
        for (int m = 0; m < sources.size(); m++) {
            if (statistics.containsKey(sources.get(m).tensor().input())) {
                now.add(m);
            }
        }
        now.sort(Comparator.comparingLong(
                        (Integer m) -> sources.get(m).weights() * sources.get(m).columns())
                .reversed()
                .thenComparing(Comparator.naturalOrder()));
        EncoderInputs inputs = new EncoderInputs(config, checkpoint, encoder, parameters, statistics);
        new OrderedTasks(atOnce(now), cancelled)
                .run(
                        now.size(),
                        index -> {
                            SourceMatrix source = sources.get(now.get(index));
                            return encoder.encode(source.read(checkpoint), inputs.of(source.tensor()), source.role());
                        },
                        (index, matrix) -> {
                            SourceMatrix source = sources.get(now.get(index));
                            keep(now.get(index), inputs.of(source.tensor()), matrix);
                        });
    }

    /** As many at a time as their working copies fit, at least one. */
    private int atOnce(List<Integer> matrices) {
        long largest =
                matrices.stream().mapToLong(m -> sources.get(m).weights()).max().orElse(1);
        return Math.clamp(ENCODED_AT_ONCE_WEIGHTS / largest, 1, threads);
    }

    private void keep(int index, EncodedInput input, EncodedMatrix matrix) throws IOException {
        SourceMatrix source = sources.get(index);
        String inputName = source.tensor().input();
        if (!inputBlobs.containsKey(inputName)) {
            inputBlobs.put(inputName, sink.put(input.blob()));
        }
        Descriptor header = sink.put(matrix.header());
        List<Descriptor> blocks = new ArrayList<>();
        for (byte[] block : matrix.blocks()) {
            blocks.add(sink.put(block));
        }
        stored[index] = new EncodedModel.Stored(header, List.copyOf(blocks), BlockLadder.of(matrix));
        done++;
        double[] errors = matrix.weightedErrors();
        progress.matrices(done, sources.size(), source.name(), errors[errors.length - 1]);
    }

    List<SourceMatrix> sources() {
        return sources;
    }

    /** All matrices, in the order of {@link #sources()}, once {@link #run} is done. */
    List<EncodedModel.Stored> stored() {
        List<EncodedModel.Stored> all = new ArrayList<>();
        for (EncodedModel.Stored one : Arrays.asList(stored)) {
            if (one == null) {
                throw new IllegalStateException("a matrix has not been encoded: no input of that name");
            }
            all.add(one);
        }
        return all;
    }

    Map<String, Descriptor> inputBlobs() {
        return inputBlobs;
    }
}
