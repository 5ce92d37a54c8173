package io.bitstack.core.safetensors;

import io.bitstack.core.tensor.BFloat16;
import io.bitstack.core.tensor.DType;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.io.JsonStringEncoder;

/**
 * Writes a safetensors file into memory: tensors sorted by name, header padded to 8 bytes. The same tensors always give the
 * same bytes. Meant for what is small: norms, biases, models of tests.
 */
public final class SafetensorsWriter {
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Entry(DType dtype, List<Integer> shape, byte[] data) {}

    private final TreeMap<String, Entry> entries = new TreeMap<>();

    /** Adds a tensor, its values rounded to {@code dtype}. A tensor of the same name is replaced. */
    public SafetensorsWriter add(String name, DType dtype, List<Integer> shape, float[] values) {
        long elements = shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
        if (elements != values.length) {
            throw new IllegalArgumentException(
                    "tensor '%s' of shape %s does not have %d elements".formatted(name, shape, values.length));
        }
        ByteBuffer data = ByteBuffer.allocate(Math.multiplyExact(values.length, dtype.sizeBytes()))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            switch (dtype) {
                case F32 -> data.putFloat(value);
                case F16 -> data.putShort(Float.floatToFloat16(value));
                case BF16 -> data.putShort(BFloat16.fromFloat(value));
            }
        }
        entries.put(name, new Entry(dtype, List.copyOf(shape), data.array()));
        return this;
    }

    public byte[] toBytes() {
        StringBuilder header = new StringBuilder("{");
        long offset = 0;
        for (Map.Entry<String, Entry> named : entries.entrySet()) {
            Entry entry = named.getValue();
            header.append(offset == 0 ? "\"" : ",\"")
                    .append(JsonStringEncoder.getInstance().quoteAsCharArray(named.getKey()))
                    .append("\":{\"dtype\":\"")
                    .append(entry.dtype())
                    .append("\",\"shape\":")
                    .append(entry.shape().toString().replace(" ", ""))
                    .append(",\"data_offsets\":[")
                    .append(offset)
                    .append(',')
                    .append(offset + entry.data().length)
                    .append("]}");
            offset += entry.data().length;
        }
        header.append('}');
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
        int padded = (json.length + 7) / 8 * 8;
        ByteArrayOutputStream out = new ByteArrayOutputStream(Math.toIntExact(8 + padded + offset));
        out.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(padded)
                .array());
        out.writeBytes(json);
        out.writeBytes(" ".repeat(padded - json.length).getBytes(StandardCharsets.US_ASCII));
        entries.values().forEach(entry -> out.writeBytes(entry.data()));
        return out.toByteArray();
    }
}
