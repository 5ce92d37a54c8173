package io.bitstack.core.stack;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All that a reader needs to know of a stack; its canonical JSON's digest names the stack. docs/FORMAT.md is the
 * normative text.
 *
 * @param format always {@code bitstack/1}
 * @param model the model's shape, as far as memory and display need it
 * @param codec which codec wrote the blocks
 * @param files config.json, tokenizer.json and the like, to be placed side by side
 * @param tensors one safetensors blob (F32) of what is not compressed: norms and biases
 * @param inputs what matrices that read the same activations share
 * @param matrices every compressed weight matrix
 * @param blocks all residual blocks in stack order
 * @param minimalBlocks the first blocks that every usable prefix holds: the first block of each matrix
 * @param curve measured quality of some prefixes, by rising blocks
 * @param full measured quality of the uncompressed model on the same text, if measured
 * @param lineage where it came from
 */
public record StackManifest(
        String format,
        Model model,
        Codec codec,
        List<File> files,
        Descriptor tensors,
        List<Input> inputs,
        List<Matrix> matrices,
        List<Block> blocks,
        int minimalBlocks,
        List<CurvePoint> curve,
        @Nullable Reference full,
        Lineage lineage) {

    public static final String FORMAT = "bitstack/1";

    public StackManifest {
        Objects.requireNonNull(format, "format");
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(codec, "codec");
        Objects.requireNonNull(tensors, "tensors");
        Objects.requireNonNull(lineage, "lineage");
        files = List.copyOf(files);
        inputs = List.copyOf(inputs);
        matrices = List.copyOf(matrices);
        blocks = List.copyOf(blocks);
        curve = List.copyOf(curve);
    }

    /**
     * @param weights number of weights in the compressed matrices (a tied head counted once)
     * @param contextTokens longest context the model was made for
     */
    public record Model(
            String architecture,
            long weights,
            int layers,
            int hiddenSize,
            int intermediateSize,
            int attentionHeads,
            int keyValueHeads,
            int headSize,
            int vocabularySize,
            int contextTokens) {
        public Model {
            Objects.requireNonNull(architecture, "architecture");
        }
    }

    /** @param parameters every parameter the codec was run with, as strings, sorted by name */
    public record Codec(String name, Map<String, String> parameters) {
        public Codec {
            Objects.requireNonNull(name, "name");
            parameters = new TreeMap<>(parameters);
        }
    }

    public record File(String path, Digest digest, long sizeBytes) {
        public File {
            Objects.requireNonNull(path, "path");
            Objects.requireNonNull(digest, "digest");
        }
    }

    /** @param digest the shared part of the codec (side branch basis, rotation seed; or the activation scale) */
    public record Input(String name, int columns, Digest digest, long sizeBytes) {
        public Input {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(digest, "digest");
        }
    }

    /**
     * @param input index into {@link StackManifest#inputs}
     * @param startLevel the level of the matrix's first block
     * @param levels the highest level
     * @param digest the matrix header (scales, tables, side branch)
     */
    public record Matrix(
            String name, int rows, int columns, int input, int startLevel, int levels, Digest digest, long sizeBytes) {
        public Matrix {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(digest, "digest");
        }

        public long weights() {
            return (long) rows * columns;
        }
    }

    /**
     * @param matrix index into {@link StackManifest#matrices}
     * @param level the level it leads to
     * @param gain expected fall of the KL divergence to the full model, in nats per token, when it is added; 0 for a matrix's first
     *     block, which every prefix holds
     */
    public record Block(int matrix, int level, Digest digest, long sizeBytes, double gain) {
        public Block {
            Objects.requireNonNull(digest, "digest");
        }
    }

    /** @param sizeBytes base and blocks together; {@code klDivergence} in nats per token to the full model */
    public record CurvePoint(int blocks, long sizeBytes, double bpw, double perplexity, double klDivergence) {}

    /** Quality of the uncompressed model on the curve's text. */
    public record Reference(long sizeBytes, double perplexity, int tokens) {}

    /** @param parameters the job's parameters as strings; {@code calibration} and {@code evaluation} digests of texts */
    public record Lineage(
            Digest source,
            @Nullable Digest calibration,
            @Nullable Digest evaluation,
            String tool,
            Map<String, String> parameters) {
        public Lineage {
            Objects.requireNonNull(source, "source");
            Objects.requireNonNull(tool, "tool");
            parameters = new TreeMap<>(parameters);
        }
    }

    /** Bytes that every prefix needs: tensors, inputs and matrix headers (config and tokenizer files not counted). */
    public long baseBytes() {
        return tensors.sizeBytes()
                + inputs.stream().mapToLong(Input::sizeBytes).sum()
                + matrices.stream().mapToLong(Matrix::sizeBytes).sum();
    }
}
