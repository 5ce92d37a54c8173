package io.bitstack.core.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.bitstack.core.kernel.FixedRowPool;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What both codecs promise: a block never hurts, what is multiplied is what is decoded, hostile blobs are refused. */
abstract class CodecContract {
    abstract MatrixEncoder encoder();

    /** Levels the encoder writes. */
    abstract int levels();

    private record Coded(FloatMatrix w, EncodedMatrix encoded, InputTransform input, CompressedMatrix full) {}

    private Coded code(int m, int n) {
        return code(Matrices.gaussian(new Random(m * 1000L + n), m, n));
    }

    private Coded code(FloatMatrix w) {
        MatrixEncoder encoder = encoder();
        EncodedInput input = encoder.input(
                Matrices.statistics(new Random(w.columns()), w.columns(), 2 * w.columns() + 8),
                Matrices.inputWeights(w));
        EncodedMatrix encoded = encoder.encode(w, input, MatrixRole.LINEAR);
        ResidualCodec codec = Codecs.byName(encoder.codec());
        InputTransform transform = codec.readInput(w.columns(), MemorySegment.ofArray(input.blob()));
        CompressedMatrix full = read(w, encoded, transform, encoded.blocks().size());
        return new Coded(w, encoded, transform, full);
    }

    private CompressedMatrix read(FloatMatrix w, EncodedMatrix encoded, InputTransform input, int blocks) {
        return Codecs.byName(encoder().codec())
                .readMatrix(
                        w.rows(),
                        w.columns(),
                        encoded.startLevel(),
                        input,
                        MemorySegment.ofArray(encoded.header()),
                        Matrices.segments(encoded.blocks()).subList(0, blocks));
    }

    @ParameterizedTest
    @CsvSource({"1,64", "13,63", "64,65", "65,64", "63,128", "207,96"})
    void everyBlockLowersTheError(int m, int n) {
        Coded coded = code(m, n);
        double before = Double.POSITIVE_INFINITY;
        for (int blocks = 1; blocks <= coded.encoded.blocks().size(); blocks++) {
            CompressedMatrix matrix = coded.full.withBlocks(
                    Matrices.segments(coded.encoded.blocks()).subList(0, blocks));
            assertThat(matrix.level()).isEqualTo(coded.encoded.startLevel() + blocks - 1);
            double error = coded.encoded.weightedErrors()[blocks - 1];
            assertThat(error).isFinite().isLessThanOrEqualTo(before * 1.02 + 1e-9);
            before = error;
        }
        assertThat(coded.full.level()).isEqualTo(levels());
        assertThat(Matrices.relativeError(coded.w, coded.full.decode())).isLessThan(0.05);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 17})
    void multiplyingIsMultiplyingWithWhatIsDecoded(int tokens) {
        int m = 65;
        int n = 96;
        Coded coded = code(m, n);
        FloatMatrix x = Matrices.gaussian(new Random(3), tokens, n);
        PreparedInput prepared = new PreparedInput();
        coded.input.prepare(x.data(), tokens, prepared);
        float[] y = new float[tokens * m];
        float[] z = new float[tokens * m];
        coded.full.multiply(prepared, tokens, y, RowPool.SINGLE);
        try (FixedRowPool pool = new FixedRowPool(2)) {
            coded.full.multiply(prepared, tokens, z, pool);
        }
        FloatMatrix decoded = coded.full.decode();
        for (int t = 0; t < tokens; t++) {
            for (int i = 0; i < m; i++) {
                double sum = 0;
                for (int j = 0; j < n; j++) {
                    sum += (double) decoded.at(i, j) * x.at(t, j);
                }
                // Kernels may round activations and tables: up to 1 % of a result whose size is the root of n.
                assertThat(y[t * m + i]).isCloseTo((float) sum, within(2e-1f));
                assertThat(z[t * m + i]).isEqualTo(y[t * m + i]);
            }
        }
    }

    @Test
    void aRowIsARowOfWhatIsDecoded() {
        Coded coded = code(13, 64);
        FloatMatrix decoded = coded.full.decode();
        float[] row = new float[70];
        coded.full.row(7, row, 5);
        assertThat(Arrays.copyOfRange(row, 5, 69)).isEqualTo(Arrays.copyOfRange(decoded.data(), 7 * 64, 8 * 64));
    }

    @Test
    void theSameInputsGiveTheSameBytes() {
        EncodedMatrix first = code(64, 64).encoded;
        EncodedMatrix second = code(64, 64).encoded;
        assertThat(first.header()).isEqualTo(second.header());
        for (int b = 0; b < first.blocks().size(); b++) {
            assertThat(first.blocks().get(b)).isEqualTo(second.blocks().get(b));
        }
    }

    @Test
    void blockSizesAreKnownBeforehand() {
        Coded coded = code(13, 65);
        ResidualCodec codec = Codecs.byName(encoder().codec());
        for (int b = 0; b < coded.encoded.blocks().size(); b++) {
            assertThat(codec.blockBytes(
                            13,
                            65,
                            coded.encoded.startLevel(),
                            coded.encoded.startLevel() + b,
                            MemorySegment.ofArray(coded.encoded.header())))
                    .isEqualTo(coded.encoded.blocks().get(b).length);
        }
        int start = coded.encoded.startLevel();
        MemorySegment header = MemorySegment.ofArray(coded.encoded.header());
        for (int level : new int[] {start - 1, levels() + 1}) {
            assertThatThrownBy(() -> codec.blockBytes(13, 65, start, level, header))
                    .isInstanceOf(CodecException.class)
                    .hasMessageContaining("no block leads to level " + level);
        }
    }

    @Test
    void zeroRowsConstantColumnsAndOutliersStayFinite() {
        FloatMatrix zero = FloatMatrix.zeros(8, 64);
        FloatMatrix odd = Matrices.gaussian(new Random(9), 16, 64);
        Arrays.fill(odd.data(), 0, 128, 0);
        for (int i = 0; i < 16; i++) {
            odd.data()[i * 64 + 5] = 1;
            odd.data()[i * 64 + 6] = 0;
        }
        odd.data()[10 * 64 + 9] = 4000;
        for (FloatMatrix w : List.of(zero, odd)) {
            for (float value : code(w).full.decode().data()) {
                assertThat(value).isFinite();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1", "1,7", "3,7", "5,1", "7,9", "13,63"})
    void smallAndOddShapesStayFinite(int m, int n) {
        Coded coded = code(m, n);
        FloatMatrix decoded = coded.full.decode();
        for (float value : decoded.data()) {
            assertThat(value).isFinite();
        }
        assertThat(Matrices.relativeError(coded.w, decoded)).isLessThan(0.5);
    }

    /** Fewer tokens than columns, one token again and again, no activation at all: H is singular, and the weights come back all the same. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5})
    void aSingularMomentIsEnough(int tokens) {
        int n = 64;
        FloatMatrix w = Matrices.gaussian(new Random(tokens), 24, n);
        InputStatistics some = Matrices.statistics(new Random(n), n, Math.max(1, tokens));
        InputStatistics statistics = tokens == 0
                ? new InputStatistics(n, new float[n * n], some.unscaled().scale())
                : some;
        EncodedInput input = encoder().input(statistics, Matrices.inputWeights(w));
        EncodedMatrix encoded = encoder().encode(w, input, MatrixRole.LINEAR);
        for (double error : encoded.weightedErrors()) {
            assertThat(error).isFinite().isNotNegative();
        }
        InputTransform transform = Codecs.byName(encoder().codec()).readInput(n, MemorySegment.ofArray(input.blob()));
        FloatMatrix decoded =
                read(w, encoded, transform, encoded.blocks().size()).decode();
        assertThat(Matrices.relativeError(w, decoded)).isLessThan(0.5);
    }

    @Test
    void momentsThatAreNotFiniteAreRefused() {
        float[] moment = new float[16];
        moment[5] = Float.NaN;
        assertThatThrownBy(() -> new InputStatistics(4, moment, new float[] {1, 1, 1, 1}))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("not finite");
    }

    @Test
    void weightsThatAreNotFiniteAreRefused() {
        FloatMatrix w = Matrices.gaussian(new Random(1), 4, 64);
        w.data()[70] = Float.NaN;
        assertThatThrownBy(() -> code(w)).isInstanceOf(CodecException.class).hasMessageContaining("(1, 6)");
    }

    @Test
    void hostileBlobsAreRefused() {
        Coded coded = code(13, 64);
        List<MemorySegment> blocks = Matrices.segments(coded.encoded.blocks());
        assertThatThrownBy(() -> coded.full.withBlocks(List.of())).isInstanceOf(CodecException.class);
        assertThatThrownBy(() -> coded.full.withBlocks(List.of(blocks.getFirst().asSlice(8))))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("bytes");
        ResidualCodec codec = Codecs.byName(encoder().codec());
        byte[] header = coded.encoded.header();
        for (byte[] bad : List.of(
                new byte[0],
                Arrays.copyOf(header, header.length - 1),
                Arrays.copyOf(header, header.length + 2),
                new byte[header.length])) {
            assertThatThrownBy(() -> codec.readMatrix(
                            13, 64, coded.encoded.startLevel(), coded.input, MemorySegment.ofArray(bad), blocks))
                    .isInstanceOf(CodecException.class);
        }
        assertThatThrownBy(() -> codec.readInput(64, MemorySegment.ofArray(new byte[7])))
                .isInstanceOf(CodecException.class);
        assertThatThrownBy(() -> Codecs.byName("gzip"))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("nested");
    }
}
