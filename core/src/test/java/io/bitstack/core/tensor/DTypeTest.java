package io.bitstack.core.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class DTypeTest {
    @Test
    void bfloat16RoundsToNearestWithTiesToEven() {
        assertThat(BFloat16.toFloat(BFloat16.fromFloat(1.0f))).isEqualTo(1.0f);
        // Between 1 and 1 + 2^-7 the middle goes to the even one, 1; between 1 + 2^-7 and 1 + 2^-6 to the upper one.
        assertThat(BFloat16.toFloat(BFloat16.fromFloat(1 + 0x1p-8f))).isEqualTo(1.0f);
        assertThat(BFloat16.toFloat(BFloat16.fromFloat(1 + 3 * 0x1p-8f))).isEqualTo(1 + 0x1p-6f);
        assertThat(BFloat16.toFloat(BFloat16.fromFloat(-3.140625f))).isEqualTo(-3.140625f);
        assertThat(BFloat16.toFloat(BFloat16.fromFloat(Float.MAX_VALUE))).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(BFloat16.toFloat(BFloat16.fromFloat(Float.intBitsToFloat(0x7f800001))))
                .isNaN();
    }

    @Test
    void everyTypeReadsOddOffsetsAndWholeRunsAlike() {
        float[] values = {0.5f, -1.25f, 3, 0, -0.0f, 100};
        for (DType type : DType.values()) {
            ByteBuffer bytes =
                    ByteBuffer.allocate(1 + values.length * type.sizeBytes()).order(ByteOrder.LITTLE_ENDIAN);
            bytes.put((byte) 7);
            for (float value : values) {
                switch (type) {
                    case F32 -> bytes.putFloat(value);
                    case F16 -> bytes.putShort(Float.floatToFloat16(value));
                    case BF16 -> bytes.putShort(BFloat16.fromFloat(value));
                }
            }
            MemorySegment segment = MemorySegment.ofArray(bytes.array());
            float[] out = new float[values.length + 1];
            type.read(segment, 1, out, 1, values.length);
            for (int i = 0; i < values.length; i++) {
                assertThat(out[i + 1]).isEqualTo(values[i]);
                assertThat(type.read(segment, 1 + (long) i * type.sizeBytes())).isEqualTo(values[i]);
            }
        }
    }
}
