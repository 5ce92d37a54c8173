package io.bitstack.standalone.scenario;

import io.bitstack.core.safetensors.Safetensors;
import io.bitstack.core.safetensors.SafetensorsWriter;
import io.bitstack.core.safetensors.TensorInfo;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.tensor.DType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A stack that is whole, loads, answers, and is wrong: what a gate is for. */
public final class SpoiltStack {
    private static final String FINAL_NORM = "model.norm.weight";
    /** Logits so many times as large are as sure of what is wrong as of what is right. */
    private static final float FACTOR = 8;

    private SpoiltStack() {}

    /** Makes it from another one, whose blobs are in the store; its own tensors are put there too. */
    public static StackManifest of(StackManifest manifest, BlobStore blobs) throws IOException {
        byte[] content =
                blobs.read(manifest.tensors().digest(), manifest.tensors().sizeBytes());
        Safetensors tensors = Safetensors.parse(MemorySegment.ofArray(content), "the stack's tensors");
        SafetensorsWriter writer = new SafetensorsWriter();
        for (Map.Entry<String, TensorInfo> tensor : tensors.tensors().entrySet()) {
            float[] values = tensors.floats(tensor.getKey(), "the stack's tensors");
            float[] written = Arrays.copyOf(values, values.length);
            if (tensor.getKey().equals(FINAL_NORM)) {
                for (int i = 0; i < written.length; i++) {
                    written[i] *= FACTOR;
                }
            }
            writer.add(tensor.getKey(), DType.F32, List.of(written.length), written);
        }
        Descriptor spoilt = blobs.put(ByteBuffer.wrap(writer.toBytes()));
        return new StackManifest(
                manifest.format(),
                manifest.model(),
                manifest.codec(),
                manifest.files(),
                spoilt,
                manifest.inputs(),
                manifest.matrices(),
                manifest.blocks(),
                manifest.minimalBlocks(),
                manifest.curve(),
                manifest.full(),
                manifest.lineage());
    }
}
