package io.bitstack.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every provider has to agree on with the plain loops. */
abstract class KernelContract {
    private static final double TOLERANCE_PER_TERM = 1e-6;

    private final Random random = new Random(11);
    private final KernelProvider plain = new ScalarKernels();

    abstract KernelProvider kernels();

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 13, 63, 64, 65, 128, 207, 576})
    void dotAndAxpy(int length) {
        float[] a = gaussians(length + 3);
        float[] b = gaussians(length + 5);
        float expected = plain.dot(a, 3, b, 5, length);
        assertThat(kernels().dot(a, 3, b, 5, length)).isCloseTo(expected, within(tolerance(length)));

        float[] y = gaussians(length + 1);
        float[] z = y.clone();
        plain.axpy(0.7f, a, 3, y, 1, length);
        kernels().axpy(0.7f, a, 3, z, 1, length);
        assertClose(z, y, 4);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 13, 64, 207})
    void exponentialsOfSmallAndLargeArguments(int length) {
        float[] x = new float[length + 3];
        for (int i = 0; i < x.length; i++) {
            x[i] = 172 * random.nextFloat() - 86 + 0.25f;
        }
        float[] actual = new float[length + 1];
        kernels().exponentials(x, 3, 0.25f, actual, 1, length);
        for (int i = 0; i < length; i++) {
            double expected = Math.exp(x[3 + i] - 0.25f);
            assertThat((double) actual[1 + i]).isCloseTo(expected, within(1e-6 * expected));
        }
        float[] extremes = {Float.NEGATIVE_INFINITY, -1000, 0, 1, -1, 10, -10, Float.NaN};
        kernels().exponentials(extremes, 0, 0, extremes, 0, extremes.length);
        assertThat(extremes[0]).isCloseTo(0, within(1e-37f));
        assertThat(extremes[1]).isCloseTo(0, within(1e-37f));
        assertThat(extremes[2]).isEqualTo(1);
        assertThat(extremes[7]).isNaN();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4, 5, 13, 63, 64, 65, 207})
    void product(int size) {
        product(size, size + 2, 2 * size + 1, size + 3);
    }

    /** More rows and columns than are taken at a time. */
    @ParameterizedTest
    @CsvSource({"24, 513, 385", "25, 511, 384", "48, 515, 769", "49, 600, 800"})
    void productOfSeveralPanels(int m, int n, int k) {
        product(m, n, k, n + 1);
    }

    /** Rows of C that are many and far apart, for which panels are taken together. */
    @ParameterizedTest
    @CsvSource({"131, 511, 384, 8009", "131, 515, 769, 8009", "1030, 600, 10, 1019"})
    void productOfSeveralBlocks(int m, int n, int k, int ldc) {
        product(m, n, k, ldc);
    }

    private void product(int m, int n, int k, int ldc) {
        float[] a = gaussians(m * k + 2);
        float[] b = gaussians(n * (k + 1));
        float[] expected = new float[m * ldc];
        float[] actual = new float[m * ldc];
        plain.multiplyTransposed(a, 2, k, b, 0, k + 1, expected, 0, ldc, m, n, k);
        kernels().multiplyTransposed(a, 2, k, b, 0, k + 1, actual, 0, ldc, m, n, k);
        assertClose(actual, expected, k);
    }

    /** To the last bit, from every provider: what compression computes with must not depend on the machine. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 13, 16, 17, 63, 64, 65, 127, 128, 129, 207, 300})
    void scaledRows(int columns) {
        int rows = 21;
        int most = 11;
        int rowsOfB = 6;
        int[] first = new int[rows + 1];
        int[] end = new int[rows + 1];
        int[] index = new int[rows * most];
        Arrays.setAll(index, p -> random.nextInt(rowsOfB));
        for (int i = 0; i < rows; i++) {
            first[i] = i * most;
            end[i] = i * most + i % (most + 1);
        }
        ScaledRows scaled = new ScaledRows(first, end, index, gaussians(index.length));
        float[] b = gaussians(3 + rowsOfB * (columns + 2));
        float[] expected = gaussians(2 + rows * (columns + 1));
        float[] actual = expected.clone();
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                int at = 2 + i * (columns + 1) + j;
                for (int p = first[i]; p < end[i]; p++) {
                    expected[at] = Math.fma(scaled.factor()[p], b[3 + index[p] * (columns + 2) + j], expected[at]);
                }
            }
        }
        kernels().addScaledRows(scaled, rows, b, 3, columns + 2, actual, 2, columns + 1, columns);
        assertThat(actual).isEqualTo(expected);
    }

    /** Squares of B among others, with rows behind them and none, and lists that do not lie one after the other. */
    @ParameterizedTest
    @CsvSource({"255, 255, 0", "256, 256, 256", "256, 256, 100", "257, 256, 0", "256, 257, 3"})
    void scaledRowsOfSquare(int rowsOfB, int columns, int rowsAfter) {
        int rows = 5;
        int most = 2 * rowsOfB;
        int distance = columns + 7;
        int[] first = new int[rows];
        int[] end = new int[rows];
        int[] index = new int[rows * most];
        Arrays.setAll(index, p -> p % rowsOfB);
        for (int i = 0; i < rows; i++) {
            first[i] = i * most + (i % 2) * 3;
            end[i] = (i + 1) * most - i;
        }
        ScaledRows scaled = new ScaledRows(first, end, index, gaussians(index.length));
        float[] b = gaussians(1 + (rowsOfB + rowsAfter - 1) * distance + columns);
        float[] expected = gaussians(rows * columns);
        float[] actual = expected.clone();
        for (int i = 0; i < rows; i++) {
            for (int p = first[i]; p < end[i]; p++) {
                for (int j = 0; j < columns; j++) {
                    int at = i * columns + j;
                    expected[at] = Math.fma(scaled.factor()[p], b[1 + index[p] * distance + j], expected[at]);
                }
            }
        }
        kernels().addScaledRows(scaled, rows, b, 1, distance, actual, 0, columns, columns);
        assertThat(actual).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8, 16, 64, 128})
    void hadamardIsItsOwnInverse(int block) {
        float[] x = gaussians(5 + 3 * block);
        float[] once = x.clone();
        float[] expected = x.clone();
        kernels().hadamard(once, 5, 3 * block, block);
        plain.hadamard(expected, 5, 3 * block, block);
        assertClose(once, expected, block);
        kernels().hadamard(once, 5, 3 * block, block);
        assertClose(once, x, block);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 13, 63, 64, 65, 127, 128, 207, 256, 511, 512, 576, 1100})
    void planesAtEveryLevel(int columns) {
        for (int level = 1; level <= SignPlanes.MAX_LEVEL; level++) {
            try (Arena arena = Arena.ofConfined()) {
                int rows = 11;
                SignPlanes w = randomPlanes(arena, rows, columns, level);
                float[] x = gaussians(3 * columns);
                float[] scale = gaussians(columns);
                for (int token = 0; token < 3; token++) {
                    float[] expected = new float[rows + 2];
                    float[] actual = new float[rows + 2];
                    planes(plain, w, x, 3, scale, token, expected);
                    planes(kernels(), w, x, 3, scale, token, actual);
                    assertThat(actual[2]).isZero();
                    assertThat(actual[rows + 1]).isZero();
                    for (int i = 1; i < rows - 1; i++) {
                        float[] one = scaled(x, token * columns, scale);
                        assertThat(actual[2 + i])
                                .as("level %d, row %d, token %d", level, i, token)
                                .isCloseTo(expected[2 + i], within(planesTolerance(w, i, one)));
                    }
                }

                float[] dense = new float[(rows - 3) * columns];
                float[] denseExpected = new float[(rows - 3) * columns];
                plain.decodeRows(w, scale, 2, rows - 1, denseExpected);
                kernels().decodeRows(w, scale, 2, rows - 1, dense);
                assertThat(dense).isEqualTo(denseExpected);
            }
        }
    }

    /** Rows [1, m − 1) of one of some tokens. */
    private static void planes(
            KernelProvider provider, SignPlanes w, float[] x, int tokens, float[] scale, int token, float[] y) {
        PlaneInput input = new PlaneInput();
        provider.prepare(x, tokens, scale, input);
        provider.planes(w, input, token, y, 2, 1, w.rows() - 1);
    }

    private static float[] scaled(float[] x, int offset, float[] scale) {
        float[] values = new float[scale.length];
        for (int j = 0; j < values.length; j++) {
            values[j] = x[offset + j] * scale[j];
        }
        return values;
    }

    /** What {@link KernelProvider#planes} allows, and the rounding of a sum. */
    private static float planesTolerance(SignPlanes w, int row, float[] x) {
        float largestEntry = 0;
        for (float entry : w.table()) {
            largestEntry = Math.max(largestEntry, Math.abs(entry));
        }
        float largest = 0;
        for (float value : x) {
            largest = Math.max(largest, Math.abs(value));
        }
        double sum = 0;
        for (int j = 0; j < x.length; j++) {
            float entry = Math.abs(w.table()[ScalarKernels.code(w, row, j)]);
            sum += Math.abs(x[j]) * largestEntry / 95 + entry * largest / 254;
        }
        return (float) (Math.abs(w.rowScale(row)) * sum) + tolerance(8 * x.length);
    }

    @ParameterizedTest
    @CsvSource({"321,4", "1089,4", "577,6", "1089,7"})
    void planesOfExtremeActivations(int columns, int level) {
        try (Arena arena = Arena.ofConfined()) {
            SignPlanes w = randomPlanes(arena, 6, columns, level);
            float[] ones = new float[columns];
            Arrays.fill(ones, 1);
            for (float extreme : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
                for (int at : new int[] {0, 255, 256, columns - 1}) {
                    float[] x = gaussians(columns);
                    x[at] = extreme;
                    float[] y = new float[8];
                    planes(kernels(), w, x, 1, ones, 0, y);
                    assertThat(y[3])
                            .satisfies(
                                    value -> assertThat(Float.isFinite(value)).isFalse());
                }
            }
            for (float extreme : new float[] {0, Float.MIN_VALUE, 1e-38f, 1e30f}) {
                float[] x = new float[columns];
                Arrays.fill(x, extreme);
                float[] expected = new float[8];
                float[] actual = new float[8];
                planes(plain, w, x, 1, ones, 0, expected);
                planes(kernels(), w, x, 1, ones, 0, actual);
                for (int i = 1; i < 5; i++) {
                    float tolerance = 1e-30f + extreme * planesTolerance(w, i, ones);
                    assertThat(actual[2 + i]).isCloseTo(expected[2 + i], within(tolerance));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 13, 64, 207})
    void gatedUnit(int length) {
        float[] gate = gaussians(length + 5);
        gate[0] = -200;
        gate[length] = 200;
        float[] up = gaussians(length + 5);
        float[] other = gate.clone();
        plain.gate(gate, up, 2, length + 2);
        kernels().gate(other, up, 2, length + 2);
        assertClose(other, gate, 200);
    }

    /** Heads of all sizes, pages one after the other, the last in part. */
    @ParameterizedTest
    @ValueSource(ints = {2, 16, 20, 64, 80, 128})
    void attentionOverTwoPages(int headSize) {
        int heads = 3;
        float[] q = gaussians(heads * headSize + 1);
        float[] page = gaussians(2 * headSize * KernelProvider.PAGE_SLOTS);
        float[] expected = attended(plain, q, new KvPage.Single(page), heads, headSize);
        float[] actual = attended(kernels(), q, new KvPage.Single(page), heads, headSize);
        assertClose(actual, expected, 2 * headSize);
        float[] rounded = attended(plain, q, new KvPage.Single(floats(halfs(page))), heads, headSize);
        assertClose(attended(kernels(), q, new KvPage.Half(halfs(page)), heads, headSize), rounded, 2 * headSize);
        KvPage.Int8 bytes = bytes(page, headSize);
        float[] stepped = attended(plain, q, new KvPage.Single(floats(bytes)), heads, headSize);
        assertClose(attended(kernels(), q, bytes, heads, headSize), stepped, 2 * headSize);
        assertClose(attended(plain, q, bytes, heads, headSize), stepped, 2 * headSize);
    }

    /** Vectors of the largest and of the smallest numbers, of zeros, and one that is no number. */
    @ParameterizedTest
    @ValueSource(ints = {2, 16, 20, 64})
    void extremeBytesAreAttendedToAsTheirFloats(int headSize) {
        float[] page = gaussians(2 * headSize * KernelProvider.PAGE_SLOTS);
        for (int i = 0; i < headSize; i++) {
            page[i] *= 1e20f;
            page[headSize + i] = 0;
            page[2 * headSize + i] *= 1e-30f;
            page[3 * headSize + i] *= 7 * Float.MIN_VALUE;
            page[page.length / 2 + i] *= 1e20f;
        }
        float[] q = gaussians(3 * headSize + 1);
        for (int i = 0; i < q.length; i++) {
            q[i] *= 1e-6f;
        }
        KvPage.Int8 bytes = bytes(page, headSize);
        float[] expected = attended(plain, q, new KvPage.Single(floats(bytes)), 3, headSize);
        float[] actual = attended(kernels(), q, bytes, 3, headSize);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).isCloseTo(expected[i], within(1e-3f + Math.abs(expected[i]) * 1e-4f));
        }
        page[page.length / 2 + 1] = Float.NaN;
        assertThat(attended(kernels(), q, bytes(page, headSize), 3, headSize)[2])
                .isNaN();
    }

    static KvPage.Int8 bytes(float[] floats, int headSize) {
        KvPage.Int8 page = KvPage.Int8.empty(floats.length, headSize);
        for (int at = 0; at < floats.length; at += headSize) {
            page.write(floats, at, at, headSize);
        }
        return page;
    }

    static float[] floats(KvPage.Int8 page) {
        float[] floats = new float[page.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = page.elements()[i] * page.scales()[i / page.vectorLength()];
        }
        return floats;
    }

    static short[] halfs(float[] floats) {
        short[] halfs = new short[floats.length];
        for (int i = 0; i < halfs.length; i++) {
            halfs[i] = Float.floatToFloat16(floats[i]);
        }
        return halfs;
    }

    static float[] floats(short[] halfs) {
        float[] floats = new float[halfs.length];
        for (int i = 0; i < halfs.length; i++) {
            floats[i] = Float.float16ToFloat(halfs[i]);
        }
        return floats;
    }

    static float[] attended(KernelProvider kernels, float[] q, KvPage page, int heads, int headSize) {
        float[] state = {9, 9, Float.NEGATIVE_INFINITY, 0, Float.NEGATIVE_INFINITY, 0, Float.NEGATIVE_INFINITY, 0};
        float[] out = new float[heads * headSize + 2];
        for (int slots : new int[] {KernelProvider.PAGE_SLOTS, 13, 1}) {
            kernels.attend(q, 1, heads, headSize, 0.3f, page, 0, page.size() / 2, slots, state, 2, out, 2);
        }
        for (int i = 0; i < heads * headSize; i++) {
            out[2 + i] /= state[3 + 2 * (i / headSize)];
        }
        return out;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 7, 16})
    void sideBranch(int rank) {
        int rows = 53;
        float[] side = gaussians(rows * rank);
        float[] u = gaussians(rank + 3);
        float[] y = gaussians(rows + 3);
        float[] z = y.clone();
        plain.addSide(side, rank, u, 3, y, 2, 1, rows - 1);
        kernels().addSide(side, rank, u, 3, z, 2, 1, rows - 1);
        assertClose(z, y, 4 * rank);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 13, 63, 64, 65, 207})
    void signedSumsAndBfloat16Rows(int columns) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment plane = randomPlane(arena, 3, columns);
            int k = 5;
            float[] f = gaussians(k * columns);
            float[] expected = new float[k];
            float[] actual = new float[k];
            long offset = SignPlanes.words(columns) * 8L * 2;
            plain.signedSums(plane, offset, f, columns, k, expected);
            kernels().signedSums(plane, offset, f, columns, k, actual);
            assertClose(actual, expected, columns);

            MemorySegment w = arena.allocate(4L * columns * Short.BYTES, 64);
            for (int i = 0; i < 4 * columns; i++) {
                w.set(ScalarKernels.BFLOAT16, 2L * i, (short)
                        (Float.floatToIntBits((float) random.nextGaussian()) >>> 16));
            }
            float[] x = gaussians(columns);
            float[] y = new float[4];
            float[] z = new float[4];
            plain.bfloat16Rows(w, columns, x, 0, y, 0, 1, 4);
            kernels().bfloat16Rows(w, columns, x, 0, z, 0, 1, 4);
            assertClose(z, y, columns);
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1", "5,3", "6,16", "13,16", "63,8", "64,16", "65,9", "207,5", "700,16"})
    void signedProducts(int columns, int k) {
        try (Arena arena = Arena.ofConfined()) {
            int rows = 9;
            MemorySegment plane = randomPlane(arena, rows, columns);
            float[] left = gaussians(rows * k);
            float[] f = gaussians(k * columns);
            float[] expected = gaussians(rows + 2);
            float[] actual = expected.clone();
            plain.addSignedProducts(plane, columns, left, f, k, expected, 2, 1, rows);
            kernels().addSignedProducts(plane, columns, left, f, k, actual, 2, 1, rows);
            assertClose(actual, expected, 4 * k * columns);
        }
    }

    @Test
    void extremeValuesStayExtreme() {
        float[] huge = {Float.MAX_VALUE, Float.MAX_VALUE, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
        float[] two = new float[16];
        Arrays.fill(two, 2);
        assertThat(kernels().dot(huge, 0, two, 0, 16)).isEqualTo(Float.POSITIVE_INFINITY);
        float[] nan = new float[64];
        nan[17] = Float.NaN;
        assertThat(kernels().dot(nan, 0, new float[64], 0, 64)).isNaN();
    }

    private SignPlanes randomPlanes(Arena arena, int rows, int columns, int level) {
        List<MemorySegment> planes = new ArrayList<>();
        for (int p = 0; p < level; p++) {
            planes.add(randomPlane(arena, rows, columns));
        }
        return new SignPlanes(rows, columns, planes, gaussians(rows), gaussians(1 << level));
    }

    private MemorySegment randomPlane(Arena arena, int rows, int columns) {
        MemorySegment plane = arena.allocate(SignPlanes.planeBytes(rows, columns), 64);
        for (long at = 0; at < plane.byteSize(); at += 8) {
            plane.set(ScalarKernels.WORD, at, random.nextLong());
        }
        return plane;
    }

    private float[] gaussians(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static void assertClose(float[] actual, float[] expected, int terms) {
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).as("element %d", i).isCloseTo(expected[i], within(tolerance(terms)));
        }
    }

    private static float tolerance(int terms) {
        return (float) (TOLERANCE_PER_TERM * (terms + 4));
    }
}
