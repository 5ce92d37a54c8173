package io.bitstack.core.tokenizer;

import static io.bitstack.core.gguf.GgufError.TOKENIZER_UNSUPPORTED;

import io.bitstack.core.gguf.GgufException;
import io.bitstack.core.gguf.GgufMetadata;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** How byte-level tokenizers cut a text into words; GGUF files only name the way. */
enum GgufPreTokenizer {
    GPT2("gpt-2"),
    /** As GPT-2, digits one by one. */
    DIGITS("smollm starcoder refact codeshell"),
    LLAMA3("llama-bpe llama3 llama-v3"),
    QWEN2("qwen2 deepseek-r1-qwen"),
    /** Of Mistral's later models. */
    TEKKEN("tekken");

    private static final String TEKKEN_WORDS =
            "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
                    + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*"
                    + "|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    private final String names;

    /** @param names what files call it, with a space between */
    GgufPreTokenizer(String names) {
        this.names = names;
    }

    static GgufPreTokenizer of(GgufMetadata metadata) {
        String name = metadata.text("tokenizer.ggml.pre").orElse("");
        for (GgufPreTokenizer one : values()) {
            if (List.of(one.names.split(" ")).contains(name)) {
                return one;
            }
        }
        String supported =
                Arrays.stream(values()).map(one -> one.names.replace(" ", ", ")).collect(Collectors.joining(", "));
        throw new GgufException(
                TOKENIZER_UNSUPPORTED,
                name.isEmpty()
                        ? "%s does not name its pre-tokenizer (tokenizer.ggml.pre), so texts cannot be cut as in training;"
                                        .formatted(metadata.source())
                                + " convert the model again with a newer converter"
                        : "%s has the pre-tokenizer '%s'; supported: %s".formatted(metadata.source(), name, supported));
    }

    /** Whether a word that is a token is never cut. */
    boolean ignoresMerges() {
        return this == LLAMA3 || this == TEKKEN;
    }

    /** Whether texts get a start token where the file does not say. */
    boolean startsTexts() {
        return this == LLAMA3 || this == TEKKEN;
    }

    /** Adds the members normalizer and pre_tokenizer. */
    void describe(ObjectNode json) {
        if (this == QWEN2) {
            json.putObject("normalizer").put("type", "NFC");
        } else {
            json.putNull("normalizer");
        }
        ArrayNode stages =
                json.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
        switch (this) {
            case GPT2 -> {}
            case DIGITS -> stages.addObject().put("type", "Digits").put("individual_digits", true);
            case LLAMA3 -> split(stages, WordScanner.LLAMA3);
            case QWEN2 -> split(stages, WordScanner.QWEN2);
            case TEKKEN -> split(stages, TEKKEN_WORDS);
        }
        stages.addObject()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", this == GPT2 || this == DIGITS);
    }

    private static void split(ArrayNode stages, String regex) {
        ObjectNode split = stages.addObject().put("type", "Split");
        split.putObject("pattern").put("Regex", regex);
        split.put("behavior", "Isolated").put("invert", false);
    }
}
