package io.bitstack.core.model;

import static io.bitstack.core.gguf.GgufError.ARCHITECTURE_UNSUPPORTED;

import io.bitstack.core.gguf.GgufException;
import io.bitstack.core.gguf.GgufFile;
import io.bitstack.core.gguf.GgufTensor;
import io.bitstack.core.safetensors.StoredTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The tensors of a GGUF file by their Hugging Face names, in their order of rows. */
final class GgufLayout {
    private static final Pattern IN_LAYER = Pattern.compile("blk\\.(\\d{1,4})\\.([a-z_]+)\\.(weight|bias)");

    private static final Map<String, String> TOP = Map.of(
            "token_embd.weight", ModelLayout.EMBEDDING,
            "output.weight", ModelLayout.HEAD,
            "output_norm.weight", ModelLayout.FINAL_NORM);

    private static final Map<String, String> PARTS = Map.ofEntries(
            Map.entry("attn_norm", "input_layernorm"),
            Map.entry("ffn_norm", "post_attention_layernorm"),
            Map.entry("attn_q", "self_attn.q_proj"),
            Map.entry("attn_k", "self_attn.k_proj"),
            Map.entry("attn_v", "self_attn.v_proj"),
            Map.entry("attn_output", "self_attn.o_proj"),
            Map.entry("attn_q_norm", "self_attn.q_norm"),
            Map.entry("attn_k_norm", "self_attn.k_norm"),
            Map.entry("ffn_gate", "mlp.gate_proj"),
            Map.entry("ffn_up", "mlp.up_proj"),
            Map.entry("ffn_down", "mlp.down_proj"));

    /** Its numbers are in config.json: see {@link GgufRope}. */
    private static final String ROPE_FACTORS = "rope_freqs.weight";

    private GgufLayout() {}

    static List<StoredTensor> tensors(GgufFile file, ModelConfig config) {
        boolean interleaved = GgufFamily.of(file.metadata()).interleaved();
        List<StoredTensor> tensors = new ArrayList<>();
        for (GgufTensor tensor : file.tensors().values()) {
            if (tensor.name().equals(ROPE_FACTORS)) {
                continue;
            }
            String top = TOP.get(tensor.name());
            Matcher layer = IN_LAYER.matcher(tensor.name());
            if (top != null) {
                tensors.add(new InOrder(top, file, tensor));
            } else if (layer.matches() && PARTS.containsKey(layer.group(2))) {
                String name = ModelLayout.layer(
                        Integer.parseInt(layer.group(1)), PARTS.get(layer.group(2)) + "." + layer.group(3));
                tensors.add(
                        switch (interleaved ? layer.group(2) : "") {
                            case "attn_q" -> Interleaved.of(name, file, tensor, config.headSize());
                            case "attn_k" -> Interleaved.of(name, file, tensor, config.headSize());
                            default -> new InOrder(name, file, tensor);
                        });
            } else {
                throw new GgufException(
                        ARCHITECTURE_UNSUPPORTED,
                        "%s has a tensor '%s', which the supported architectures do not have"
                                .formatted(tensor.source(), tensor.name()));
            }
        }
        return tensors;
    }

    /** A tensor whose rows are in order. */
    private record InOrder(String name, GgufFile file, GgufTensor tensor) implements StoredTensor {
        @Override
        public List<Integer> shape() {
            return tensor.shape();
        }

        @Override
        public String source() {
            return tensor.source();
        }

        @Override
        public void read(long first, float[] out, int offset, int count) {
            file.read(tensor, first, out, offset, count);
        }

        @Override
        public Optional<Plain> plain() {
            return tensor.type().plain().flatMap(type -> file.inPlace(tensor).map(data -> new Plain(type, data)));
        }
    }

    /**
     * A projection (or its bias) to query or key heads. GGUF wants elements that are rotated together next to each other: row
     * 2i + p of a head is row p · size / 2 + i in Hugging Face's order.
     */
    private record Interleaved(String name, GgufFile file, GgufTensor tensor, int headSize, int columns)
            implements StoredTensor {
        static Interleaved of(String name, GgufFile file, GgufTensor tensor, int headSize) {
            int rows = tensor.shape().getFirst();
            if (rows % headSize != 0) {
                throw new GgufException(
                        ARCHITECTURE_UNSUPPORTED,
                        "%s: tensor '%s' has %d rows, which are no whole heads of %d"
                                .formatted(tensor.source(), tensor.name(), rows, headSize));
            }
            int columns = Math.toIntExact(tensor.elements() / rows);
            return new Interleaved(name, file, tensor, headSize, columns);
        }

        @Override
        public List<Integer> shape() {
            return tensor.shape();
        }

        @Override
        public String source() {
            return tensor.source();
        }

        @Override
        public void read(long first, float[] out, int offset, int count) {
            int done = 0;
            while (done < count) {
                long row = (first + done) / columns;
                int column = (int) ((first + done) % columns);
                int here = Math.min(columns - column, count - done);
                file.read(tensor, stored(row) * columns + column, out, offset + done, here);
                done += here;
            }
        }

        private long stored(long row) {
            long head = row / headSize;
            long within = row % headSize;
            long half = headSize / 2;
            return head * headSize + 2 * (within % half) + within / half;
        }
    }
}
