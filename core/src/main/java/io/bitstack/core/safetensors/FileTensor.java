package io.bitstack.core.safetensors;

import io.bitstack.core.source.ModelFile;
import io.bitstack.core.tensor.DType;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** A tensor of a safetensors file, read from where the file lies. */
record FileTensor(TensorInfo info, ModelFile file) implements StoredTensor {
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
        Objects.checkFromIndexSize(first, (long) count, elements());
        DType dtype = info.dtype();
        int most = file.isInPlace() ? count : ModelFile.PIECE_BYTES / dtype.sizeBytes();
        for (int done = 0; done < count; done += most) {
            int here = Math.min(most, count - done);
            long start = info.offsetBytes() + (first + done) * dtype.sizeBytes();
            dtype.read(file.range(start, (long) here * dtype.sizeBytes()), 0, out, offset + done, here);
        }
    }

    @Override
    public Optional<Plain> plain() {
        return file.isInPlace()
                ? Optional.of(new Plain(info.dtype(), file.range(info.offsetBytes(), info.sizeBytes())))
                : Optional.empty();
    }
}
