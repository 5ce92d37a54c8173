package io.bitstack.core.tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Text to token ids and back, as a Hugging Face tokenizer.json says: byte-level BPE and SentencePiece-style BPE with byte
 * fallback. Immutable and safe for many threads.
 */
public final class Tokenizer {
    private static final long LARGEST_FILE_BYTES = 64L << 20;

    private final UnaryOperator<String> normalizer;
    private final TextStages.Splitter preTokenizer;
    private final BpeModel model;
    private final TokenBytes decoder;
    private final Map<String, Integer> addedTokens;
    private final @Nullable Pattern addedPattern;
    private final Set<Integer> specialIds;
    private final List<Integer> prefix;
    private final List<Integer> suffix;

    private Tokenizer(JsonNode root) {
        JsonNode bpe = root.path("model");
        String type = bpe.path("type").asString("");
        if (!type.equals("BPE")) {
            throw new TokenizerException("tokenizer model '%s' is not supported; BPE is".formatted(type));
        }
        Map<String, Integer> vocabulary = new HashMap<>();
        bpe.path("vocab")
                .properties()
                .forEach(
                        entry -> vocabulary.put(entry.getKey(), entry.getValue().asInt()));
        List<String[]> merges = new ArrayList<>();
        bpe.path("merges").forEach(merge -> merges.add(merge(merge)));
        this.model = new BpeModel(
                vocabulary,
                merges,
                bpe.path("byte_fallback").asBoolean(false),
                bpe.path("ignore_merges").asBoolean(false),
                bpe.path("fuse_unk").asBoolean(false),
                bpe.path("unk_token").isString() ? bpe.path("unk_token").asString() : null);
        this.normalizer = TextStages.normalizer(root.path("normalizer"));
        this.preTokenizer = TextStages.preTokenizer(root.path("pre_tokenizer"));
        this.addedTokens = new HashMap<>();
        this.specialIds = new HashSet<>();
        root.path("added_tokens").forEach(token -> {
            int id = token.path("id").asInt();
            addedTokens.put(token.path("content").asString(""), id);
            if (token.path("special").asBoolean(false)) {
                specialIds.add(id);
            }
        });
        this.addedPattern = addedTokens.isEmpty()
                ? null
                : Pattern.compile(addedTokens.keySet().stream()
                        .sorted(Comparator.comparingInt(String::length).reversed())
                        .map(Pattern::quote)
                        .collect(Collectors.joining("|")));
        this.prefix = new ArrayList<>();
        this.suffix = new ArrayList<>();
        readTemplate(root.path("post_processor"));
        this.decoder = new TokenBytes(root.path("decoder"), vocabulary, addedTokens);
    }

    private static String[] merge(JsonNode merge) {
        if (merge.isArray() && merge.size() == 2) {
            return new String[] {merge.get(0).asString(), merge.get(1).asString()};
        }
        String[] parts = merge.asString("").split(" ", -1);
        if (parts.length != 2) {
            throw new TokenizerException("a merge must name two tokens: " + merge);
        }
        return parts;
    }

    private void readTemplate(JsonNode processor) {
        switch (processor.path("type").asString("")) {
            case "", "ByteLevel" -> {
                // Changes offsets only, which nobody asks for here.
            }
            case "Sequence" -> processor.path("processors").forEach(this::readTemplate);
            case "TemplateProcessing" -> {
                List<Integer> current = prefix;
                for (JsonNode part : processor.path("single")) {
                    if (part.has("Sequence")) {
                        current = suffix;
                    } else {
                        String token = part.path("SpecialToken").path("id").asString("");
                        for (JsonNode id :
                                processor.path("special_tokens").path(token).path("ids")) {
                            current.add(id.asInt());
                        }
                    }
                }
            }
            default ->
                throw new TokenizerException(
                        "post-processor '%s' is not supported; TemplateProcessing and ByteLevel are"
                                .formatted(processor.path("type").asString("")));
        }
    }

    /**
     * Reads a tokenizer.json, or the one in a model directory.
     *
     * @throws TokenizerException if it cannot be read or asks for something unsupported
     */
    public static Tokenizer read(Path fileOrDirectory) throws IOException {
        Path file = Files.isDirectory(fileOrDirectory) ? fileOrDirectory.resolve("tokenizer.json") : fileOrDirectory;
        if (!Files.isRegularFile(file)) {
            throw new TokenizerException("there is no " + file);
        }
        if (Files.size(file) > LARGEST_FILE_BYTES) {
            throw new TokenizerException("%s has more than %d bytes".formatted(file, LARGEST_FILE_BYTES));
        }
        return parse(Files.readAllBytes(file));
    }

    /** Reads the bytes of a tokenizer.json. */
    public static Tokenizer parse(byte[] json) {
        try {
            return new Tokenizer(JsonMapper.shared().readTree(json));
        } catch (JacksonException e) {
            throw new TokenizerException("tokenizer.json is not JSON: " + e.getOriginalMessage());
        }
    }

    /**
     * @param addSpecial whether to add what the post-processor's template adds (a start token, for most models that have one)
     */
    public int[] encode(String text, boolean addSpecial) {
        List<Integer> ids = new ArrayList<>(text.length() / 3 + 2);
        if (addSpecial) {
            ids.addAll(prefix);
        }
        int from = 0;
        if (addedPattern != null) {
            Matcher matcher = addedPattern.matcher(text);
            while (matcher.find()) {
                encodePlain(text.substring(from, matcher.start()), ids);
                Integer id = addedTokens.get(matcher.group());
                if (id != null) {
                    ids.add(id);
                }
                from = matcher.end();
            }
        }
        encodePlain(text.substring(from), ids);
        if (addSpecial) {
            ids.addAll(suffix);
        }
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    private void encodePlain(String text, List<Integer> ids) {
        if (text.isEmpty()) {
            return;
        }
        List<String> words = new ArrayList<>();
        preTokenizer.split(normalizer.apply(text), words);
        words.forEach(word -> model.encode(word, ids));
    }

    /** The text of some tokens; bytes that are no UTF-8 become U+FFFD. */
    public String decode(int[] ids, boolean skipSpecial) {
        TokenStream stream = stream(skipSpecial);
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            text.append(stream.accept(id));
        }
        return text.append(stream.finish()).toString();
    }

    /** A new decoder that takes one token at a time. */
    public TokenStream stream(boolean skipSpecial) {
        return new TokenStream(decoder, skipSpecial ? specialIds : Set.of());
    }

    /** The id of a token by its exact text, added tokens first. */
    public OptionalInt id(String token) {
        Integer added = addedTokens.get(token);
        return added != null ? OptionalInt.of(added) : decoder.id(token);
    }

    public boolean isSpecial(int id) {
        return specialIds.contains(id);
    }

    /** How many bytes a token stands for. @throws IllegalArgumentException if there is no such token */
    public int sizeBytes(int id) {
        return decoder.of(id).length;
    }

    /** One more than the highest token id. */
    public int vocabularySize() {
        return decoder.size();
    }
}
