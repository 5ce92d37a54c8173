package io.bitstack.core.safetensors;

import static io.bitstack.core.safetensors.SafetensorsError.BAD_SHAPE;
import static io.bitstack.core.safetensors.SafetensorsError.NOT_FINITE;

import io.bitstack.core.tensor.FiniteNumbers;
import java.util.ArrayList;
import java.util.List;

/** Reads tensors and refuses numbers that are NaN or infinite. */
final class CheckedNumbers {
    /** Elements; few enough to stay in a cache, many enough that asking for them is not what takes the time. */
    private static final int PIECE = 1 << 15;

    private CheckedNumbers() {}

    /** All elements. @throws SafetensorsException {@code BAD_SHAPE} if they do not fit an array, {@code NOT_FINITE} */
    static float[] all(StoredTensor tensor) {
        return range(tensor, 0, tensor.elements());
    }

    /** Some elements, row-major. @throws SafetensorsException {@code BAD_SHAPE} if they do not fit an array, {@code NOT_FINITE} */
    static float[] range(StoredTensor tensor, long first, long count) {
        if (count > Integer.MAX_VALUE - 8) {
            throw new SafetensorsException(
                    BAD_SHAPE,
                    "%s: of tensor '%s' %d elements are wanted, more than can be read at once"
                            .formatted(tensor.source(), tensor.name(), count));
        }
        float[] values = new float[(int) count];
        tensor.read(first, values, 0, values.length);
        require(tensor, first, values, values.length);
        return values;
    }

    /** Reads a tensor once, in pieces. @throws SafetensorsException {@code NOT_FINITE}, naming the first such element */
    static void require(StoredTensor tensor) {
        float[] piece = new float[PIECE];
        for (long first = 0; first < tensor.elements(); first += PIECE) {
            int count = (int) Math.min(PIECE, tensor.elements() - first);
            tensor.read(first, piece, 0, count);
            require(tensor, first, piece, count);
        }
    }

    private static void require(StoredTensor tensor, long first, float[] values, int count) {
        int bad = FiniteNumbers.firstNotFinite(values, 0, count);
        if (bad >= 0) {
            throw notFinite(tensor, first + bad, values[bad]);
        }
    }

    private static SafetensorsException notFinite(StoredTensor tensor, long index, float value) {
        List<Long> position = new ArrayList<>();
        long rest = index;
        for (int d = tensor.shape().size() - 1; d >= 0; d--) {
            position.addFirst(rest % tensor.shape().get(d));
            rest /= tensor.shape().get(d);
        }
        return new SafetensorsException(
                NOT_FINITE,
                "%s: tensor '%s' has %s at index %s; the checkpoint is damaged or overflowed when it was saved"
                        .formatted(tensor.source(), tensor.name(), value, position));
    }
}
