package io.bitstack.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NativeKernelsTest extends KernelContract {
    private final Random random = new Random(23);
    private final KernelProvider panama = new PanamaKernels();

    @BeforeEach
    void compiled() {
        assumeTrue(NativeLibrary.isThere(), NativeLibrary::whyNot);
    }

    @Override
    KernelProvider kernels() {
        return new NativeKernels(panama);
    }

    /** What compression computes with must not depend on whether a C compiler was there. */
    @ParameterizedTest
    @ValueSource(ints = {1, 5, 6, 7, 13, 64, 65, 207, 400})
    void productsAreThoseOfPanamaToTheLastBit(int size) {
        int k = 2 * size + 1;
        float[] a = gaussians(size * k);
        float[] b = gaussians((size + 3) * k);
        float[] expected = new float[size * (size + 3)];
        float[] actual = new float[size * (size + 3)];
        panama.multiplyTransposed(a, 0, k, b, 0, k, expected, 0, size + 3, size, size + 3, k);
        kernels().multiplyTransposed(a, 0, k, b, 0, k, actual, 0, size + 3, size, size + 3, k);
        assertThat(actual).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8, 16, 64, 128})
    void hadamardIsThatOfPanamaToTheLastBit(int block) {
        float[] expected = gaussians(5 * block);
        float[] actual = expected.clone();
        panama.hadamard(expected, block, 3 * block, block);
        kernels().hadamard(actual, block, 3 * block, block);
        assertThat(actual).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 20, 64, 80, 128})
    void attentionIsThatOfPanamaToTheLastBit(int headSize) {
        float[] q = gaussians(3 * headSize + 1);
        float[] page = gaussians(2 * headSize * KernelProvider.PAGE_SLOTS);
        assertThat(attended(kernels(), q, page, 3, headSize)).isEqualTo(attended(panama, q, page, 3, headSize));
        page[5] = Float.NaN;
        assertThat(attended(kernels(), q, page, 3, headSize)).isEqualTo(attended(panama, q, page, 3, headSize));
    }

    @Test
    void boundsAreChecked() {
        float[] small = new float[10];
        float[] large = new float[100];
        assertThatThrownBy(() -> kernels().multiplyTransposed(small, 0, 10, large, 0, 10, large, 0, 2, 2, 2, 10))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessageContaining("2 × 10 elements");
        assertThatThrownBy(() -> kernels().multiplyTransposed(large, 0, 10, large, 0, 10, small, 0, 10, 2, 2, 10))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> kernels().hadamard(small, 0, 16, 16)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> kernels().addSide(large, 10, small, 1, large, 0, 0, 5))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    private float[] gaussians(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
