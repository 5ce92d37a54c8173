package io.bitstack.core.model;

import static io.bitstack.core.gguf.GgufError.ARCHITECTURE_UNSUPPORTED;

import io.bitstack.core.gguf.GgufException;
import io.bitstack.core.gguf.GgufMetadata;

/** The architectures of GGUF files that are read, and what sets them apart. */
enum GgufFamily {
    /** Llama and Mistral, whose query and key rows are interleaved in GGUF. */
    LLAMA("llama", "LlamaForCausalLM", true, false),
    QWEN2("qwen2", "Qwen2ForCausalLM", false, true),
    QWEN3("qwen3", "Qwen3ForCausalLM", false, false);

    private final String name;
    private final String architecture;
    private final boolean interleaved;
    private final boolean bias;

    GgufFamily(String name, String architecture, boolean interleaved, boolean bias) {
        this.name = name;
        this.architecture = architecture;
        this.interleaved = interleaved;
        this.bias = bias;
    }

    static GgufFamily of(GgufMetadata metadata) {
        String name = metadata.text("general.architecture").orElse("");
        for (GgufFamily family : values()) {
            if (family.name.equals(name)) {
                return family;
            }
        }
        throw new GgufException(
                ARCHITECTURE_UNSUPPORTED,
                "%s holds a model of architecture '%s'; supported: llama (Llama, Mistral), qwen2, qwen3"
                        .formatted(metadata.source(), name));
    }

    /** The metadata key of one of the architecture's own numbers. */
    String key(String rest) {
        return name + "." + rest;
    }

    /** Whether the two halves of each query and key head are interleaved row by row. */
    boolean interleaved() {
        return interleaved;
    }

    /** Whether query, key and value projections always have biases. */
    boolean hasBias() {
        return bias;
    }

    /** The Hugging Face class; a file of the llama architecture with a sliding window is a Mistral. */
    String architecture(GgufMetadata metadata) {
        return isMistral(metadata) ? "MistralForCausalLM" : architecture;
    }

    String modelType(GgufMetadata metadata) {
        return isMistral(metadata) ? "mistral" : name;
    }

    private boolean isMistral(GgufMetadata metadata) {
        return this == LLAMA
                && metadata.whole(key("attention.sliding_window"), 0, Integer.MAX_VALUE)
                                .orElse(0)
                        > 0;
    }
}
