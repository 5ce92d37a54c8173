package io.bitstack.core.safetensors;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** A tensor of a safetensors file, in place. */
record MappedTensor(TensorInfo info, MemorySegment data) implements StoredTensor {
    @Override
    public String name() {
        return info.name();
    }

    @Override
    public List<Integer> shape() {
        return info.shape();
    }

    @Override
    public String source() {
        return info.source();
    }

    @Override
    public void read(long first, float[] out, int offset, int count) {
        info.dtype().read(data, first * info.dtype().sizeBytes(), out, offset, count);
    }

    @Override
    public Optional<Plain> plain() {
        return Optional.of(new Plain(info.dtype(), data));
    }
}
