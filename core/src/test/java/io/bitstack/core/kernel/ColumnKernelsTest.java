package io.bitstack.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every implementation that works here, to the last bit, against one weight after the other. */
class ColumnKernelsTest {
    private static final int FROM = 2;
    private static final int GAP = 3;

    private final Random random = new Random(17);

    /** @param before columns of the group before the block */
    private record Shape(int rows, int width, int level, boolean refines, int before) {}

    private static final List<Shape> SHAPES = List.of(
            new Shape(1, 1, 1, false, 0),
            new Shape(5, 3, 2, false, 4),
            new Shape(16, 16, 3, false, 32),
            new Shape(31, 17, 4, false, 64),
            new Shape(32, 32, 3, true, 0),
            new Shape(33, 31, 4, true, 96),
            new Shape(70, 32, 5, true, 224),
            new Shape(129, 13, 6, true, 5),
            new Shape(40, 32, 8, true, 64));

    static Stream<ColumnKernels> implementations() {
        List<ColumnKernels> all = new ArrayList<>(List.of(new ColumnLoops()));
        NativeLibrary.instructionSets().forEach(set -> all.add(new NativeColumns(set)));
        return all.stream();
    }

    /** All that a block is chosen with, and what comes of it. */
    private final class Block {
        final Shape shape;
        final int stride;
        final CodedRows w;
        final float[] near;
        final float[] far;
        final float[] factor;
        final float[] missed;
        final float[] errors;
        final double[] loss;
        final float[] moments;
        final ScaledRows changed;

        Block(Shape shape) {
            this.shape = shape;
            int rows = shape.rows;
            int columns = FROM + shape.width + 1;
            int group = shape.before + shape.width;
            this.stride = columns + GAP;
            float[] values = gaussians(1 << shape.level);
            Arrays.sort(values);
            byte[] codes = new byte[5 + columns * rows];
            for (int at = 0; at < codes.length; at++) {
                codes[at] = (byte) random.nextInt(shape.refines ? values.length / 2 : values.length);
            }
            float[] rowScale = positive(rows);
            float[] inverse = new float[rows];
            for (int i = 0; i < rows; i++) {
                rowScale[i] = i == 3 ? 0 : rowScale[i];
                inverse[i] = i == 3 ? 0 : 1 / rowScale[i];
            }
            this.w = new CodedRows(
                    shape.refines ? CodeTable.children(values) : CodeTable.nearest(values),
                    codes,
                    5,
                    rows,
                    rowScale,
                    inverse,
                    positive(columns),
                    gaussians(1 + rows * (columns + 2)),
                    1,
                    columns + 2);
            this.near = gaussians(rows * shape.width);
            this.far = gaussians(7 + rows * (shape.width + 1));
            this.factor = gaussians(2 + shape.width * (shape.width + 4));
            this.missed = gaussians(rows * stride);
            this.errors = gaussians(rows * stride);
            this.loss = random.doubles(rows).toArray();
            this.moments = gaussians(group * (group + 1));
            for (int j = 0; j < group; j++) {
                moments[j * (group + 1) + j] = 3 + random.nextFloat();
            }
            int[] first = new int[rows];
            int[] end = new int[rows];
            int[] index = new int[rows * group];
            for (int i = 0; i < rows; i++) {
                first[i] = i * group;
                end[i] = first[i];
                for (int column = 0; column < shape.before; column++) {
                    if (random.nextInt(10) == 0) {
                        index[end[i]++] = column;
                    }
                }
            }
            this.changed = new ScaledRows(first, end, index, gaussians(index.length));
        }

        /** The same again, so that two can do the same to it. */
        Block copy() {
            random.setSeed(shape.hashCode());
            return new Block(shape);
        }

        float value(int code, int i, int j) {
            return w.table().values()[code] * w.rowScale()[i] * w.columnScale()[FROM + j];
        }

        int codeAt(int i, int j) {
            return w.codesAt() + (FROM + j) * w.rows() + i;
        }

        int code(int i, int j) {
            return w.codes()[codeAt(i, j)] & 0xFF;
        }

        float target(int i, int j) {
            return w.target()[w.targetAt() + i * w.targetStride() + FROM + j];
        }

        int chosen(float wanted, int i, int j, int cell) {
            float z = wanted * w.inverseRowScale()[i] * (1 / w.columnScale()[FROM + j]);
            float[] middles = w.table().middles();
            if (w.table().refines()) {
                return 2 * cell + (z > middles[cell] ? 1 : 0);
            }
            int code = 0;
            while (code < middles.length && z > middles[code]) {
                code++;
            }
            return code;
        }

        void feedBackOneByOne() {
            for (int i = 0; i < w.rows(); i++) {
                for (int j = 0; j < shape.width; j++) {
                    float sum = near[i * shape.width + j] + far[7 + i * (shape.width + 1) + j];
                    int factorAt = 2 + j * (shape.width + 4);
                    int missedAt = i * stride + FROM;
                    int k = 0;
                    for (; k + 4 <= j; k += 4) {
                        sum += factor[factorAt + k] * missed[missedAt + k]
                                + factor[factorAt + k + 1] * missed[missedAt + k + 1]
                                + factor[factorAt + k + 2] * missed[missedAt + k + 2]
                                + factor[factorAt + k + 3] * missed[missedAt + k + 3];
                    }
                    for (; k < j; k++) {
                        sum += factor[factorAt + k] * missed[missedAt + k];
                    }
                    float diagonal = factor[factorAt + j];
                    float wanted = target(i, j) + sum * (1 / diagonal);
                    int code = chosen(wanted, i, j, code(i, j));
                    w.codes()[codeAt(i, j)] = (byte) code;
                    missed[missedAt + j] = target(i, j) - value(code, i, j);
                    errors[missedAt + j] = (wanted - value(code, i, j)) * diagonal;
                    loss[i] += (double) errors[missedAt + j] * errors[missedAt + j];
                }
            }
        }

        void descendOneByOne(float ridge) {
            int stride = shape.before + shape.width + 1;
            for (int i = 0; i < w.rows(); i++) {
                float[] slope = new float[shape.width];
                for (int j = 0; j < shape.width; j++) {
                    slope[j] = errors[i * this.stride + FROM + j];
                    for (int p = changed.first()[i]; p < changed.end()[i]; p++) {
                        float moment = moments[changed.index()[p] * stride + shape.before + j];
                        slope[j] = Math.fma(changed.factor()[p], moment, slope[j]);
                    }
                }
                for (int j = 0; j < shape.width; j++) {
                    int at = (shape.before + j) * stride + shape.before;
                    float curvature = moments[at + j] + ridge;
                    int old = code(i, j);
                    int code = chosen(value(old, i, j) + 1 / curvature * slope[j], i, j, old >> 1);
                    if (code == old) {
                        continue;
                    }
                    float change = value(code, i, j) - value(old, i, j);
                    w.codes()[codeAt(i, j)] = (byte) code;
                    loss[i] += change * ((double) change * curvature - 2.0 * slope[j]);
                    errors[i * this.stride + FROM + j] -= ridge * change;
                    int end = changed.end()[i]++;
                    changed.index()[end] = shape.before + j;
                    changed.factor()[end] = -change;
                    for (int later = j + 1; later < shape.width; later++) {
                        slope[later] -= change * moments[at + later];
                    }
                }
            }
        }
    }

    private static void feedBack(ColumnKernels kernels, Block b) {
        int width = b.shape.width;
        kernels.feedBack(
                b.w, FROM, width, b.near, b.far, 7, width + 1, b.factor, 2, width + 4, b.missed, b.errors, b.stride,
                b.loss);
    }

    private static void descend(ColumnKernels kernels, Block b, float ridge) {
        int before = b.shape.before;
        kernels.descend(
                b.w,
                FROM,
                b.shape.width,
                b.moments,
                before + b.shape.width + 1,
                before,
                ridge,
                b.errors,
                b.stride,
                b.loss,
                b.changed);
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void feedback(ColumnKernels kernels) {
        for (Shape shape : SHAPES) {
            Block expected = new Block(shape).copy();
            Block actual = expected.copy();
            expected.feedBackOneByOne();
            feedBack(kernels, actual);
            assertThat(actual.w.codes()).as("codes of %s", shape).isEqualTo(expected.w.codes());
            assertThat(actual.missed).as("missed of %s", shape).isEqualTo(expected.missed);
            assertThat(actual.errors).as("errors of %s", shape).isEqualTo(expected.errors);
            assertThat(actual.loss).as("loss of %s", shape).isEqualTo(expected.loss);
        }
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void descentFromWhatFeedbackHasChosen(ColumnKernels kernels) {
        for (Shape shape : SHAPES) {
            Block expected = new Block(shape).copy();
            Block actual = expected.copy();
            expected.feedBackOneByOne();
            feedBack(new ColumnLoops(), actual);
            byte[] before = expected.w.codes().clone();
            expected.descendOneByOne(0.7f);
            descend(kernels, actual, 0.7f);
            if (shape.rows > 1) {
                assertThat(expected.w.codes()).as("some codes change").isNotEqualTo(before);
            }
            assertThat(actual.w.codes()).as("codes of %s", shape).isEqualTo(expected.w.codes());
            assertThat(actual.errors).as("slopes of %s", shape).isEqualTo(expected.errors);
            assertThat(actual.loss).as("loss of %s", shape).isEqualTo(expected.loss);
            assertThat(actual.changed.end()).as("changes of %s", shape).isEqualTo(expected.changed.end());
            assertThat(actual.changed.index()).isEqualTo(expected.changed.index());
            assertThat(actual.changed.factor()).isEqualTo(expected.changed.factor());
        }
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void roundingAndWhatItLeaves(ColumnKernels kernels) {
        for (Shape shape : SHAPES) {
            Block expected = new Block(shape).copy();
            Block actual = expected.copy();
            for (int i = 0; i < shape.rows; i++) {
                for (int j = 0; j < shape.width; j++) {
                    int code = expected.chosen(expected.target(i, j), i, j, expected.code(i, j));
                    expected.w.codes()[expected.codeAt(i, j)] = (byte) code;
                    float missed = expected.target(i, j) - expected.value(code, i, j);
                    expected.missed[i * expected.stride + FROM + j] = missed;
                    expected.loss[i] += (double) missed * missed;
                }
            }
            double[] squares = actual.loss.clone();
            kernels.choose(actual.w, FROM, shape.width);
            kernels.missed(actual.w, FROM, shape.width, actual.missed, actual.stride, actual.loss);
            kernels.missed(actual.w, FROM, shape.width, null, 0, squares);
            assertThat(actual.w.codes()).as("codes of %s", shape).isEqualTo(expected.w.codes());
            assertThat(actual.missed).as("missed of %s", shape).isEqualTo(expected.missed);
            assertThat(actual.loss).as("squares of %s", shape).isEqualTo(expected.loss);
            assertThat(squares).isEqualTo(expected.loss);
        }
    }

    @Test
    void boundsOfNativeLoopsAreChecked() {
        for (InstructionSet set : NativeLibrary.instructionSets()) {
            ColumnKernels kernels = new NativeColumns(set);
            Block block = new Block(new Shape(5, 3, 2, false, 4));
            assertThatThrownBy(() -> kernels.choose(block.w, FROM, 33)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> kernels.choose(block.w, FROM + 2, 3))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> kernels.missed(block.w, FROM, 3, new float[20], block.stride, block.loss))
                    .isInstanceOf(IndexOutOfBoundsException.class)
                    .hasMessageContaining("5 × 3 elements");
            assertThatThrownBy(() -> kernels.missed(block.w, FROM, 3, null, 0, new double[4]))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            block.changed.end()[4] = block.changed.index().length - 2;
            assertThatThrownBy(() -> descend(kernels, block, 1)).isInstanceOf(IndexOutOfBoundsException.class);
            block.changed.end()[4] = block.changed.first()[4] + 1;
            block.changed.index()[block.changed.first()[4]] = 4;
            assertThatThrownBy(() -> descend(kernels, block, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    private float[] positive(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = 0.5f + random.nextFloat();
        }
        return values;
    }

    private float[] gaussians(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
