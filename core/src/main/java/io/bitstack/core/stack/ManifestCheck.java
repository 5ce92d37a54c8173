package io.bitstack.core.stack;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Everything that must hold in a manifest beyond its JSON form. */
final class ManifestCheck {
    /** Keeps sums over any manifest that fits {@link ManifestJson#LARGEST_BYTES} from overflowing. */
    private static final long LARGEST_BLOB_BYTES = 1L << 40;

    private ManifestCheck() {}

    static void check(StackManifest manifest) {
        require(
                StackManifest.FORMAT.equals(manifest.format()),
                "format is '%s', not %s",
                manifest.format(),
                StackManifest.FORMAT);
        require(!manifest.matrices().isEmpty(), "there are no matrices");
        model(manifest.model());
        size(manifest.tensors().sizeBytes(), "the tensors blob", 0);
        matrices(manifest);
        blocks(manifest);
        curve(manifest);
        files(manifest.files());
    }

    private static void model(StackManifest.Model model) {
        require(
                model.weights() > 0
                        && model.layers() > 0
                        && model.hiddenSize() > 0
                        && model.intermediateSize() > 0
                        && model.attentionHeads() > 0
                        && model.keyValueHeads() > 0
                        && model.headSize() > 0
                        && model.vocabularySize() > 0
                        && model.contextTokens() > 0,
                "the model has a number below 1: %s",
                model);
    }

    private static void size(long sizeBytes, String what, int least) {
        require(
                sizeBytes >= least && sizeBytes <= LARGEST_BLOB_BYTES,
                "%s has %d bytes, not %d to %d",
                what,
                sizeBytes,
                least,
                LARGEST_BLOB_BYTES);
    }

    private static void matrices(StackManifest manifest) {
        for (StackManifest.Input input : manifest.inputs()) {
            require(input.columns() > 0, "input '%s' has %d columns", input.name(), input.columns());
            size(input.sizeBytes(), "input '" + input.name() + "'", 0);
        }
        Set<String> names = new HashSet<>();
        long weights = 0;
        for (StackManifest.Matrix matrix : manifest.matrices()) {
            String name = matrix.name();
            require(names.add(name), "matrix '%s' is listed twice", name);
            require(
                    matrix.rows() > 0 && matrix.columns() > 0,
                    "matrix '%s' has %d rows and %d columns",
                    name,
                    matrix.rows(),
                    matrix.columns());
            size(matrix.sizeBytes(), "the header of '" + name + "'", 0);
            require(
                    matrix.input() >= 0 && matrix.input() < manifest.inputs().size(),
                    "matrix '%s' names input %d of %d",
                    name,
                    matrix.input(),
                    manifest.inputs().size());
            require(
                    manifest.inputs().get(matrix.input()).columns() == matrix.columns(),
                    "matrix '%s' and its input differ in columns",
                    name);
            require(
                    matrix.startLevel() >= 1 && matrix.levels() >= matrix.startLevel() && matrix.levels() <= 64,
                    "matrix '%s' has levels %d to %d",
                    name,
                    matrix.startLevel(),
                    matrix.levels());
            require(
                    matrix.weights() <= manifest.model().weights() - weights,
                    "the matrices have more weights than the %d of the model",
                    manifest.model().weights());
            weights += matrix.weights();
        }
        require(
                weights == manifest.model().weights(),
                "the matrices have %d weights, the model says %d",
                weights,
                manifest.model().weights());
    }

    private static void blocks(StackManifest manifest) {
        int[] levels = new int[manifest.matrices().size()];
        for (int k = 0; k < manifest.blocks().size(); k++) {
            StackManifest.Block block = manifest.blocks().get(k);
            require(
                    block.matrix() >= 0 && block.matrix() < levels.length,
                    "block %d names matrix %d of %d",
                    k,
                    block.matrix(),
                    levels.length);
            StackManifest.Matrix matrix = manifest.matrices().get(block.matrix());
            int next = levels[block.matrix()] == 0 ? matrix.startLevel() : levels[block.matrix()] + 1;
            require(
                    block.level() == next && next <= matrix.levels(),
                    "block %d leads '%s' to level %d where level %d is next of %d",
                    k,
                    matrix.name(),
                    block.level(),
                    next,
                    matrix.levels());
            size(block.sizeBytes(), "block " + k, 1);
            require(Double.isFinite(block.gain()), "block %d has a gain that is not finite", k);
            require(
                    k >= manifest.minimalBlocks() || levels[block.matrix()] == 0,
                    "block %d is no first block, but lies in the minimal prefix",
                    k);
            levels[block.matrix()] = block.level();
        }
        require(
                manifest.minimalBlocks() == levels.length,
                "the minimal prefix has %d blocks for %d matrices",
                manifest.minimalBlocks(),
                levels.length);
        for (int i = 0; i < levels.length; i++) {
            StackManifest.Matrix matrix = manifest.matrices().get(i);
            require(
                    levels[i] == matrix.levels(),
                    "'%s' ends at level %d, not %d",
                    matrix.name(),
                    levels[i],
                    matrix.levels());
        }
    }

    private static void curve(StackManifest manifest) {
        int before = 0;
        for (StackManifest.CurvePoint point : manifest.curve()) {
            require(
                    point.blocks() > before
                            && point.blocks() <= manifest.blocks().size(),
                    "the curve has a point at %d blocks after one at %d",
                    point.blocks(),
                    before);
            require(
                    point.perplexity() > 0
                            && Double.isFinite(point.perplexity())
                            && Double.isFinite(point.klDivergence())
                            && Double.isFinite(point.bpw()),
                    "the curve's point at %d blocks is not a measurement",
                    point.blocks());
            before = point.blocks();
        }
    }

    private static void files(List<StackManifest.File> files) {
        Set<String> paths = new HashSet<>();
        for (StackManifest.File file : files) {
            size(file.sizeBytes(), "file '" + file.path() + "'", 0);
            require(paths.add(file.path()), "file '%s' is listed twice", file.path());
            require(
                    file.path().matches("[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}"),
                    "file '%s' is not a plain file name",
                    file.path());
        }
    }

    @SuppressWarnings("AnnotateFormatMethod") // the annotation lives in a library that this module does without
    private static void require(boolean holds, String message, Object... arguments) {
        if (!holds) {
            throw new ManifestException(message.formatted(arguments));
        }
    }
}
