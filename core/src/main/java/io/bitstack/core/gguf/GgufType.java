package io.bitstack.core.gguf;

import io.bitstack.core.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How the weights of a tensor are stored: plain, or in blocks that share a scale. */
public enum GgufType {
    F32(0, DType.F32),
    F16(1, DType.F16),
    BF16(30, DType.BF16),
    Q4_0(2, 32, 18, SmallBlocks::q4v0),
    Q4_1(3, 32, 20, SmallBlocks::q4v1),
    Q5_0(6, 32, 22, SmallBlocks::q5v0),
    Q5_1(7, 32, 24, SmallBlocks::q5v1),
    Q8_0(8, 32, 34, SmallBlocks::q8v0),
    Q4_K(12, 256, 144, SuperBlocks::q4k),
    Q5_K(13, 256, 176, SuperBlocks::q5k),
    Q6_K(14, 256, 210, SuperBlocks::q6k);

    /** Turns one block into floats. */
    @FunctionalInterface
    interface BlockReader {
        void read(byte[] block, float[] out, int offset);
    }

    private final int id;
    private final int blockWeights;
    private final int blockBytes;
    private final @Nullable DType plain;
    private final @Nullable BlockReader reader;

    GgufType(int id, DType plain) {
        this.id = id;
        this.blockWeights = 1;
        this.blockBytes = plain.sizeBytes();
        this.plain = plain;
        this.reader = null;
    }

    GgufType(int id, int blockWeights, int blockBytes, BlockReader reader) {
        this.id = id;
        this.blockWeights = blockWeights;
        this.blockBytes = blockBytes;
        this.plain = null;
        this.reader = reader;
    }

    /** The type that files call by this number, or empty if it is not read. */
    static Optional<GgufType> of(long id) {
        for (GgufType type : values()) {
            if (type.id == id) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }

    int id() {
        return id;
    }

    /** Weights that are stored together; the innermost dimension is a multiple of it. */
    public int blockWeights() {
        return blockWeights;
    }

    /** Bytes of a block. */
    public int blockBytes() {
        return blockBytes;
    }

    /** The element type of plain storage; empty for blocks. */
    public Optional<DType> plain() {
        return Optional.ofNullable(plain);
    }

    /** Converts elements {@code first … first + count} of a tensor's data, which may begin and end within blocks. */
    void read(MemorySegment data, long first, float[] out, int offset, int count) {
        if (plain != null) {
            plain.read(data, first * plain.sizeBytes(), out, offset, count);
            return;
        }
        if (reader == null) {
            throw new IllegalStateException(this + " has no reader");
        }
        byte[] block = new byte[blockBytes];
        float[] part = new float[blockWeights];
        int done = 0;
        while (done < count) {
            long index = (first + done) / blockWeights;
            int within = (int) ((first + done) % blockWeights);
            int here = Math.min(blockWeights - within, count - done);
            MemorySegment.copy(data, ValueLayout.JAVA_BYTE, index * blockBytes, block, 0, blockBytes);
            if (here == blockWeights) {
                reader.read(block, out, offset + done);
            } else {
                reader.read(block, part, 0);
                System.arraycopy(part, within, out, offset + done, here);
            }
            done += here;
        }
    }
}
