package io.bitstack.core.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What both encoders make of weights and statistics that real checkpoints should not have, but do: a finite model whose error is
 * bounded, or a refusal that says why; never a number that is not finite.
 */
class BadInputTest {
    /** The codecs, as their defaults are, but small. */
    enum Codec {
        NESTED,
        IABD;

        MatrixEncoder encoder() {
            return this == NESTED
                    ? new NestedEncoder(Matrices.parameters(3, 6, 1, 6, -1))
                    : new IabdEncoder(8, 6, new PlainLinearAlgebra());
        }
    }

    private record Coded(EncodedMatrix encoded, FloatMatrix decoded) {}

    /** Encodes, reads back what was written, and checks that everything is finite at every level. */
    private static Coded code(Codec codec, FloatMatrix w, InputStatistics statistics) {
        MatrixEncoder encoder = codec.encoder();
        float[] before = w.data().clone();
        EncodedInput input = encoder.input(statistics, Matrices.inputWeights(w));
        EncodedMatrix encoded = encoder.encode(w, input, MatrixRole.LINEAR);
        assertThat(w.data()).as("the weights are not changed").isEqualTo(before);
        ResidualCodec reader = Codecs.byName(encoder.codec());
        // Readers refuse blobs with numbers that are not finite.
        InputTransform transform = reader.readInput(w.columns(), MemorySegment.ofArray(input.blob()));
        FloatMatrix decoded = w;
        for (int blocks = 1; blocks <= encoded.blocks().size(); blocks++) {
            assertThat(encoded.weightedErrors()[blocks - 1]).isFinite().isNotNegative();
            CompressedMatrix matrix = reader.readMatrix(
                    w.rows(),
                    w.columns(),
                    encoded.startLevel(),
                    transform,
                    MemorySegment.ofArray(encoded.header()),
                    Matrices.segments(encoded.blocks()).subList(0, blocks));
            decoded = matrix.decode();
            assertFinite(decoded.data());
            float[] row = new float[w.columns()];
            matrix.row(w.rows() - 1, row, 0);
            assertFinite(row);
            PreparedInput prepared = new PreparedInput();
            float[] ones = new float[w.columns()];
            Arrays.fill(ones, 1);
            transform.prepare(ones, 1, prepared);
            float[] y = new float[w.rows()];
            matrix.multiply(prepared, 1, y, RowPool.SINGLE);
            assertFinite(y);
        }
        return new Coded(encoded, decoded);
    }

    private static void assertFinite(float[] values) {
        for (int i = 0; i < values.length; i++) {
            assertThat(Float.isFinite(values[i])).as("value %d", i).isTrue();
        }
    }

    private static FloatMatrix gaussian(int m, int n) {
        return Matrices.gaussian(new Random(31L * m + n), m, n);
    }

    private static InputStatistics usual(int n) {
        return Matrices.statistics(new Random(n), n, 2 * n + 8);
    }

    @ParameterizedTest
    @EnumSource
    void aMatrixOfZerosIsNearlyZero(Codec codec) {
        for (float value :
                code(codec, FloatMatrix.zeros(8, 64), usual(64)).decoded.data()) {
            assertThat(Math.abs(value)).isLessThan(1e-3f);
        }
    }

    @ParameterizedTest
    @EnumSource
    void zeroRowsStaySmallAmongOthers(Codec codec) {
        FloatMatrix w = gaussian(16, 64);
        Arrays.fill(w.data(), 3 * 64, 6 * 64, 0);
        Coded coded = code(codec, w, usual(64));
        assertThat(Matrices.relativeError(w, coded.decoded)).isLessThan(0.1);
        for (int i = 3 * 64; i < 6 * 64; i++) {
            assertThat(Math.abs(coded.decoded.data()[i])).isLessThan(0.5f);
        }
    }

    @ParameterizedTest
    @EnumSource
    void constantColumnsAndConstantMatricesAreCoded(Codec codec) {
        FloatMatrix columns = gaussian(16, 64);
        for (int i = 0; i < 16; i++) {
            columns.data()[i * 64 + 5] = 1;
            columns.data()[i * 64 + 6] = 0;
        }
        assertThat(Matrices.relativeError(columns, code(codec, columns, usual(64)).decoded))
                .isLessThan(0.1);
        FloatMatrix constant = FloatMatrix.zeros(16, 64);
        Arrays.fill(constant.data(), -0.25f);
        assertThat(Matrices.relativeError(constant, code(codec, constant, usual(64)).decoded))
                .isLessThan(0.2);
    }

    /** One row, one column, odd sides, m·n odd, n no multiple of 2 or 64. */
    @ParameterizedTest
    @CsvSource({"1,64", "1,63", "1,1", "64,1", "7,1", "7,9", "13,63", "5,65", "33,66", "3,2"})
    void awkwardShapesAreCoded(int m, int n) {
        for (Codec codec : Codec.values()) {
            FloatMatrix w = gaussian(m, n);
            assertThat(Matrices.relativeError(w, code(codec, w, usual(n)).decoded))
                    .as("%s %d × %d", codec, m, n)
                    .isLessThan(0.3);
        }
    }

    @ParameterizedTest
    @EnumSource
    void statisticsOfFewerTokensThanColumnsAreEnough(Codec codec) {
        FloatMatrix w = gaussian(16, 64);
        for (int tokens : new int[] {1, 3, 63}) {
            Coded coded = code(codec, w, Matrices.statistics(new Random(tokens), 64, tokens));
            assertThat(Matrices.relativeError(w, coded.decoded))
                    .as("%d tokens", tokens)
                    .isLessThan(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void activationsThatAreAllZeroAreEnough(Codec codec) {
        float[] floor = new float[64];
        Arrays.fill(floor, 1e-3f);
        FloatMatrix w = gaussian(16, 64);
        Coded coded = code(codec, w, new InputStatistics(64, new float[64 * 64], floor));
        assertThat(Matrices.relativeError(w, coded.decoded)).isLessThan(0.3);
        for (double error : coded.encoded.weightedErrors()) {
            // Nested weighs all directions a little, so that its H' can be inverted.
            assertThat(error).isLessThan(1e-3);
        }
    }

    @ParameterizedTest
    @EnumSource
    void oneMassiveActivationIsBorne(Codec codec) {
        InputStatistics statistics = usual(64);
        float[] h = statistics.secondMoment().clone();
        float[] scale = statistics.scale().clone();
        h[9 * 64 + 9] = 1e10f;
        scale[9] = 1e5f;
        FloatMatrix w = gaussian(16, 64);
        Coded coded = code(codec, w, new InputStatistics(64, h, scale));
        for (int i = 0; i < 16; i++) {
            assertThat(Math.abs(coded.decoded.at(i, 9) - w.at(i, 9))).isLessThan(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void statisticsThatAreNotNumbersAreRefused(Codec codec) {
        float[] h = usual(64).secondMoment().clone();
        h[70] = Float.NaN;
        float[] scale = usual(64).scale();
        assertThatThrownBy(() -> code(codec, gaussian(4, 64), new InputStatistics(64, h, scale)))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("not finite");
    }

    /** An outlier may cost the others their precision, or be refused; it must not make anything infinite. */
    @ParameterizedTest
    @CsvSource({
        "NESTED,65504",
        "NESTED,6.5504e6",
        "NESTED,1e30",
        "NESTED,-3e38",
        "IABD,65504",
        "IABD,6.5504e6",
        "IABD,1e30",
        "IABD,-3e38"
    })
    void oneHugeWeightIsBoundedOrRefused(Codec codec, float outlier) {
        FloatMatrix w = gaussian(16, 64);
        w.data()[5 * 64 + 9] = outlier;
        try {
            FloatMatrix decoded = code(codec, w, usual(64)).decoded;
            assertThat(Matrices.relativeError(w, decoded)).isLessThan(1.01);
        } catch (CodecException e) {
            assertThat(e).hasMessageMatching("(?s).*(large|fit|finite).*");
            assertThat(Math.abs(outlier)).as("small enough to be coded").isGreaterThan(1e6f);
        }
    }

    @ParameterizedTest
    @EnumSource
    void weightsThatAreNotNumbersAreRefused(Codec codec) {
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            FloatMatrix w = gaussian(4, 64);
            w.data()[70] = bad;
            assertThatThrownBy(() -> code(codec, w, usual(64)))
                    .isInstanceOf(CodecException.class)
                    .hasMessageContaining("(1, 6)");
        }
    }

    @ParameterizedTest
    @CsvSource({"NESTED,1e-40", "NESTED,1e-30", "NESTED,1e-12", "IABD,1e-40", "IABD,1e-30", "IABD,1e-12"})
    void tinyWeightsStayTiny(Codec codec, float size) {
        FloatMatrix w = gaussian(16, 64);
        for (int i = 0; i < w.data().length; i++) {
            w.data()[i] *= size;
        }
        // No smaller than half precision can say.
        for (float value : code(codec, w, usual(64)).decoded.data()) {
            assertThat(Math.abs(value)).isLessThan(1e-4f);
        }
    }

    @ParameterizedTest
    @EnumSource
    void tinyWeightsAmongUsualOnesAreCoded(Codec codec) {
        FloatMatrix w = gaussian(16, 64);
        for (int i = 0; i < w.data().length; i += 3) {
            w.data()[i] = Float.MIN_VALUE * (i % 2 == 0 ? 1 : -5);
        }
        assertThat(Matrices.relativeError(w, code(codec, w, usual(64)).decoded)).isLessThan(0.3);
    }
}
