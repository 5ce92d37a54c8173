package io.bitstack.bench;

import io.bitstack.core.kernel.SignPlanes;
import io.bitstack.core.model.MatrixSpec;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.VectorSpec;
import io.bitstack.core.safetensors.SafetensorsWriter;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.tensor.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A stack of any shape whose sign planes are random: for what a model's size costs, whatever it says. Matrices of one shape share their blobs, so that little is stored. */
final class RandomStack {
    private static final int RANK = 4;
    private static final int START = 2;
    private static final int LEVELS = 8;
    private static final int ROTATION_BLOCK = 128;
    private static final int MOST_PART_ROWS = 16_384;

    private final BlobStore store;
    private final Random random = new Random(1);
    private final Map<String, List<Descriptor>> blobsOf = new HashMap<>();
    private final List<StackManifest.Input> inputs = new ArrayList<>();
    private final List<StackManifest.Matrix> matrices = new ArrayList<>();
    private final List<StackManifest.Block> blocks = new ArrayList<>();

    private RandomStack(BlobStore store) {
        this.store = store;
    }

    /** @param configJson with sizes that 128 divides */
    static StackManifest write(String configJson, BlobStore store) throws IOException {
        return new RandomStack(store).manifest(configJson);
    }

    private StackManifest manifest(String configJson) throws IOException {
        ModelConfig config = ModelConfig.parse(configJson);
        for (MatrixSpec spec : config.matrices()) {
            int partRows = spec.rows() == config.vocabularySize() ? MOST_PART_ROWS : spec.rows();
            for (int first = 0; first < spec.rows(); first += partRows) {
                int rows = Math.min(partRows, spec.rows() - first);
                String name =
                        rows == spec.rows() ? spec.name() : "%s[%d:%d]".formatted(spec.name(), first, first + rows);
                addMatrix(name, rows, spec);
            }
        }
        blocks.sort(Comparator.comparingInt(StackManifest.Block::level));
        SafetensorsWriter tensors = new SafetensorsWriter();
        for (VectorSpec vector : config.vectors()) {
            float[] ones = new float[vector.length()];
            Arrays.fill(ones, 1);
            tensors.add(vector.name(), DType.F32, List.of(vector.length()), ones);
        }
        Descriptor json = store.put(ByteBuffer.wrap(configJson.getBytes(StandardCharsets.UTF_8)));
        return new StackManifest(
                StackManifest.FORMAT,
                config.toManifest(),
                new StackManifest.Codec("nested", Map.of()),
                List.of(new StackManifest.File("config.json", json.digest(), json.sizeBytes())),
                store.put(ByteBuffer.wrap(tensors.toBytes())),
                inputs,
                matrices,
                blocks,
                matrices.size(),
                List.of(),
                null,
                new StackManifest.Lineage(json.digest(), null, null, "random", Map.of()));
    }

    private void addMatrix(String name, int rows, MatrixSpec spec) throws IOException {
        int columns = spec.columns();
        int input = inputs.stream().map(StackManifest.Input::name).toList().indexOf(spec.input());
        if (input < 0) {
            input = inputs.size();
            Descriptor blob =
                    blobs("input " + columns, () -> List.of(input(columns))).getFirst();
            inputs.add(new StackManifest.Input(spec.input(), columns, blob.digest(), blob.sizeBytes()));
        }
        List<Descriptor> parts = blobs(rows + " x " + columns, () -> matrix(rows, columns));
        Descriptor header = parts.getFirst();
        matrices.add(new StackManifest.Matrix(
                name, rows, columns, input, START, LEVELS, header.digest(), header.sizeBytes()));
        for (int level = START; level <= LEVELS; level++) {
            Descriptor block = parts.get(1 + level - START);
            blocks.add(new StackManifest.Block(matrices.size() - 1, level, block.digest(), block.sizeBytes(), 1));
        }
    }

    private interface Maker {
        List<ByteBuffer> make();
    }

    private List<Descriptor> blobs(String what, Maker maker) throws IOException {
        List<Descriptor> known = blobsOf.get(what);
        if (known == null) {
            known = new ArrayList<>();
            for (ByteBuffer blob : maker.make()) {
                known.add(store.put(blob));
            }
            blobsOf.put(what, known);
        }
        return known;
    }

    /** As docs/FORMAT.md lays it out: no direction is taken out of anything. */
    private static ByteBuffer input(int columns) {
        ByteBuffer blob = littleEndian(16 + 2 * RANK * columns + 2 * columns);
        blob.putInt(RANK).putInt(ROTATION_BLOCK).putLong(1);
        halfs(blob, RANK * columns, 0);
        halfs(blob, columns, 1);
        return blob.flip();
    }

    private List<ByteBuffer> matrix(int rows, int columns) {
        int tables = (1 << (LEVELS + 1)) - (1 << START);
        ByteBuffer header = littleEndian(16 + 2 * (rows + columns + tables + rows * RANK));
        header.putInt(RANK).putInt(START).putInt(LEVELS).putInt(0);
        halfs(header, rows, (float) (1 / Math.sqrt(columns)));
        halfs(header, columns, 1);
        for (int level = START; level <= LEVELS; level++) {
            for (int code = 0; code < 1 << level; code++) {
                header.putShort(Float.floatToFloat16((float) (3.0 * (code + 0.5) / (1 << (level - 1)) - 3)));
            }
        }
        halfs(header, rows * RANK, 0);
        List<ByteBuffer> all = new ArrayList<>(List.of(header.flip()));
        for (int level = START; level <= LEVELS; level++) {
            int planes = level == START ? START : 1;
            byte[] signs = new byte[Math.toIntExact(planes * SignPlanes.planeBytes(rows, columns))];
            random.nextBytes(signs);
            all.add(ByteBuffer.wrap(signs));
        }
        return all;
    }

    private static ByteBuffer littleEndian(int sizeBytes) {
        return ByteBuffer.allocate(sizeBytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void halfs(ByteBuffer blob, int count, float value) {
        for (int i = 0; i < count; i++) {
            blob.putShort(Float.floatToFloat16(value));
        }
    }
}
