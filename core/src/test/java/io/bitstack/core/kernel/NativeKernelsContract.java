package io.bitstack.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the native kernels of each instruction set have to do; skipped on processors that lack it. */
abstract class NativeKernelsContract extends KernelContract {
    private final Random random = new Random(23);
    private final KernelProvider panama = new PanamaKernels();

    private final String instructions;

    NativeKernelsContract(String instructions) {
        this.instructions = instructions;
    }

    @BeforeEach
    void compiledAndHere() {
        assumeTrue(NativeLibrary.isThere(), NativeLibrary::whyNot);
        assumeTrue(set().isPresent(), () -> "this processor has no " + instructions);
    }

    private Optional<InstructionSet> set() {
        return NativeLibrary.instructionSets().stream()
                .filter(set -> set.name().equals(instructions))
                .findFirst();
    }

    @Override
    KernelProvider kernels() {
        return new NativeKernels(set().orElseThrow(), panama);
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

    /** So deep, or so wide, that it takes several calls. */
    @ParameterizedTest
    @CsvSource({"200,260,1200", "300,700,390", "600,3,30000"})
    void largeProductsAreThoseOfPanamaToTheLastBit(int m, int n, int k) {
        float[] a = gaussians(m * k);
        float[] b = gaussians(n * k);
        float[] expected = new float[m * n];
        float[] actual = new float[m * n];
        panama.multiplyTransposed(a, 0, k, b, 0, k, expected, 0, n, m, n, k);
        kernels().multiplyTransposed(a, 0, k, b, 0, k, actual, 0, n, m, n, k);
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
        assertThat(attended(kernels(), q, new KvPage.Single(page), 3, headSize))
                .isEqualTo(attended(panama, q, new KvPage.Single(page), 3, headSize));
        page[3] = 1e-7f; // a subnormal half
        assertThat(attended(kernels(), q, new KvPage.Half(halfs(page)), 3, headSize))
                .isEqualTo(attended(panama, q, new KvPage.Half(halfs(page)), 3, headSize))
                .isEqualTo(attended(kernels(), q, new KvPage.Single(floats(halfs(page))), 3, headSize));
        assertThat(attended(kernels(), q, bytes(page, headSize), 3, headSize))
                .isEqualTo(attended(panama, q, bytes(page, headSize), 3, headSize));
        page[5] = Float.NaN;
        assertThat(attended(kernels(), q, new KvPage.Single(page), 3, headSize))
                .isEqualTo(attended(panama, q, new KvPage.Single(page), 3, headSize));
    }

    /** With tables such as codecs make: far below the bound for single values. */
    @ParameterizedTest
    @CsvSource({
        "1,256", "2,576", "3,64", "4,1536", "5,200", "6,576", "7,1024", "8,256", "4,1100", "6,4096", "7,640", "8,1000"
    })
    void planesAreExactToAPercentOrSo(int level, int columns) {
        int rows = 60;
        try (Arena arena = Arena.ofConfined()) {
            List<MemorySegment> planes = new ArrayList<>();
            for (int p = 0; p < level; p++) {
                byte[] bits = new byte[(int) SignPlanes.planeBytes(rows, columns)];
                random.nextBytes(bits);
                planes.add(arena.allocate(bits.length, 64).copyFrom(MemorySegment.ofArray(bits)));
            }
            float[] table = gaussians(1 << level);
            Arrays.sort(table);
            SignPlanes w = new SignPlanes(rows, columns, planes, gaussians(rows), table);
            float[] x = gaussians(columns);
            float[] scale = gaussians(columns);
            float[] expected = product(new ScalarKernels(), w, x, scale);
            float[] actual = product(kernels(), w, x, scale);
            double error = 0;
            double size = 0;
            for (int i = 0; i < rows; i++) {
                error += Math.pow(actual[i] - expected[i], 2);
                size += Math.pow(expected[i], 2);
            }
            assertThat(Math.sqrt(error / size)).isLessThan(level <= 6 ? 0.015 : 0.008);
        }
    }

    private static float[] product(KernelProvider provider, SignPlanes w, float[] x, float[] scale) {
        PlaneInput input = new PlaneInput();
        provider.prepare(x, 1, scale, input);
        float[] y = new float[w.rows()];
        provider.planes(w, input, 0, y, 0, 0, w.rows());
        return y;
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
        for (int index : new int[] {-1, 2, Integer.MAX_VALUE}) {
            ScaledRows rows = new ScaledRows(new int[1], new int[] {1}, new int[] {index}, new float[1]);
            assertThatThrownBy(() -> kernels().addScaledRows(rows, 1, small, 0, 5, large, 0, 5, 5))
                    .isInstanceOf(IndexOutOfBoundsException.class)
                    .hasMessageContaining("row " + index);
        }
        for (int bad : new int[] {-1, 2}) {
            ScaledRows apart = new ScaledRows(new int[] {0, 2}, new int[] {1, 3}, new int[] {1, 9, bad}, new float[3]);
            assertThatThrownBy(() -> kernels().addScaledRows(apart, 2, small, 0, 5, large, 0, 5, 5))
                    .isInstanceOf(IndexOutOfBoundsException.class)
                    .hasMessageContaining("row " + bad);
            ScaledRows first = new ScaledRows(new int[] {0, 2}, new int[] {1, 3}, new int[] {bad, 9, 1}, new float[3]);
            assertThatThrownBy(() -> kernels().addScaledRows(first, 2, small, 0, 5, large, 0, 5, 5))
                    .isInstanceOf(IndexOutOfBoundsException.class)
                    .hasMessageContaining("row " + bad);
        }
        ScaledRows tooMany = new ScaledRows(new int[1], new int[] {2}, new int[1], new float[1]);
        assertThatThrownBy(() -> kernels().addScaledRows(tooMany, 1, small, 0, 5, large, 0, 5, 5))
                .isInstanceOf(IndexOutOfBoundsException.class);
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
