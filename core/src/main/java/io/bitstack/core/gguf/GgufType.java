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
    Q4_0(2, 32, 18),
    Q4_1(3, 32, 20),
    Q5_0(6, 32, 22),
    Q5_1(7, 32, 24),
    Q8_0(8, 32, 34),
    Q4_K(12, 256, 144),
    Q5_K(13, 256, 176),
    Q6_K(14, 256, 210);

    private final int id;
    private final int blockWeights;
    private final int blockBytes;
    private final @Nullable DType plain;

    GgufType(int id, DType plain) {
        this.id = id;
        this.blockWeights = 1;
        this.blockBytes = plain.sizeBytes();
        this.plain = plain;
    }

    GgufType(int id, int blockWeights, int blockBytes) {
        this.id = id;
        this.blockWeights = blockWeights;
        this.blockBytes = blockBytes;
        this.plain = null;
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
        byte[] block = new byte[blockBytes];
        float[] part = new float[blockWeights];
        int done = 0;
        while (done < count) {
            long index = (first + done) / blockWeights;
            int within = (int) ((first + done) % blockWeights);
            int here = Math.min(blockWeights - within, count - done);
            MemorySegment.copy(data, ValueLayout.JAVA_BYTE, index * blockBytes, block, 0, blockBytes);
            if (here == blockWeights) {
                readBlock(block, out, offset + done);
            } else {
                readBlock(block, part, 0);
                System.arraycopy(part, within, out, offset + done, here);
            }
            done += here;
        }
    }

    private void readBlock(byte[] block, float[] out, int offset) {
        switch (this) {
            case Q4_0 -> SmallBlocks.q4v0(block, out, offset);
            case Q4_1 -> SmallBlocks.q4v1(block, out, offset);
            case Q5_0 -> SmallBlocks.q5v0(block, out, offset);
            case Q5_1 -> SmallBlocks.q5v1(block, out, offset);
            case Q8_0 -> SmallBlocks.q8v0(block, out, offset);
            case Q4_K -> SuperBlocks.q4k(block, out, offset);
            case Q5_K -> SuperBlocks.q5k(block, out, offset);
            case Q6_K -> SuperBlocks.q6k(block, out, offset);
            case F32, F16, BF16 -> throw new IllegalStateException(this + " has no blocks");
        }
    }
}
