package io.bitstack.core.tokenizer;

import io.bitstack.core.gguf.GgufFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.json.JsonMapper;

/**
 * Text to token ids and back, as a Hugging Face tokenizer.json says: byte-level BPE and SentencePiece-style BPE with byte
 * fallback. Its members {@code truncation} and {@code padding} are not followed: a text is never cut or filled up. Immutable and
 * safe for many threads.
 */
public final class Tokenizer {
    private static final long LARGEST_FILE_BYTES = 64L << 20;
    private static final ObjectReader JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build()
            .reader();

    private final UnaryOperator<String> normalizer;
    private final PreTokenizer preTokenizer;
    private final BpeModel model;
    private final TokenBytes tokenBytes;
    private final Map<String, Integer> ids;
    private final AddedTokenFinder plainTokens = new AddedTokenFinder();
    private final AddedTokenFinder normalizedTokens = new AddedTokenFinder();
    private final Set<Integer> specialIds = new HashSet<>();
    private final PostProcessor postProcessor;

    private Tokenizer(JsonNode root) {
        if (!root.isObject()) {
            throw new TokenizerException("tokenizer.json must be an object");
        }
        JsonNode bpe = root.path("model");
        // Files of the first releases name no type.
        String type = bpe.path("type").asString("BPE");
        if (!type.equals("BPE")) {
            throw Members.unsupported("model", type, "BPE");
        }
        PreTokenizers preTokenizers = PreTokenizers.of(root.path("pre_tokenizer"));
        Map<String, Integer> vocabulary = Vocabulary.tokens(bpe.path("vocab"));
        this.model = new BpeModel(bpe, vocabulary, preTokenizers.bytes());
        this.preTokenizer = model.mayCutBeforeStandIn()
                ? preTokenizers.preTokenizer().then(BpeModel::cutBeforeStandIn)
                : preTokenizers.preTokenizer();
        this.normalizer = TextNormalizer.of(root.path("normalizer"));
        List<AddedToken> added = AddedToken.all(root.path("added_tokens"), vocabulary);
        added.stream()
                .sorted(Comparator.comparing(AddedToken::special).reversed())
                .forEach(this::find);
        this.postProcessor = PostProcessor.of(root.path("post_processor"));
        this.ids = new HashMap<>(vocabulary);
        added.forEach(token -> ids.put(token.content(), token.id()));
        this.tokenBytes = new TokenBytes(new TokenDecoder(root.path("decoder")), ids);
    }

    private void find(AddedToken token) {
        if (token.normalized()) {
            normalizedTokens.add(normalizer.apply(token.content()), token);
        } else {
            plainTokens.add(token.content(), token);
        }
        if (token.special()) {
            specialIds.add(token.id());
        }
    }

    /**
     * Reads a tokenizer.json, the one in a model directory, or what a GGUF file has instead.
     *
     * @throws TokenizerException if it cannot be read or asks for something unsupported
     */
    public static Tokenizer read(Path fileOrDirectory) throws IOException {
        if (GgufFile.isGguf(fileOrDirectory)) {
            try (GgufFile gguf = GgufFile.open(fileOrDirectory)) {
                return parse(GgufTokenizer.tokenizerJson(gguf.metadata()));
            }
        }
        Path file = Files.isDirectory(fileOrDirectory) ? fileOrDirectory.resolve("tokenizer.json") : fileOrDirectory;
        if (!Files.isRegularFile(file)) {
            throw new TokenizerException("there is no " + file);
        }
        requireSize(Files.size(file));
        return parse(Files.readAllBytes(file));
    }

    private static void requireSize(long sizeBytes) {
        if (sizeBytes > LARGEST_FILE_BYTES) {
            throw new TokenizerException(
                    "tokenizer.json has %d bytes; up to %d are read".formatted(sizeBytes, LARGEST_FILE_BYTES));
        }
    }

    /**
     * Reads the bytes of a tokenizer.json.
     *
     * @throws TokenizerException if they cannot be read or ask for something unsupported
     */
    public static Tokenizer parse(byte[] json) {
        requireSize(json.length);
        try {
            return new Tokenizer(JSON.readTree(json));
        } catch (JacksonException e) {
            throw new TokenizerException("tokenizer.json is not JSON: " + e.getOriginalMessage());
        }
    }

    /**
     * The token ids of a text; surrogates without their other half count as U+FFFD.
     *
     * @param addSpecial whether to add what the post-processor's template adds (a start token, for most models that have one)
     */
    public int[] encode(String text, boolean addSpecial) {
        TokenBuffer out = new TokenBuffer(text.length() / 3 + 8);
        if (addSpecial) {
            postProcessor.before().forEach(out::add);
        }
        char[] characters = paired(text.toCharArray());
        plainTokens.split(characters, 0, characters.length, new AddedTokenFinder.Parts() {
            @Override
            public void text(char[] part, int from, int to) {
                encodeNormalized(part, from, to, out);
            }

            @Override
            public void token(AddedToken token) {
                out.add(token.id());
            }
        });
        if (addSpecial) {
            postProcessor.after().forEach(out::add);
        }
        return out.toArray();
    }

    /** Replaces surrogates without their other half, in place. */
    private static char[] paired(char[] text) {
        for (int i = 0; i < text.length; i++) {
            if (Character.isSurrogate(text[i])) {
                if (i + 1 < text.length && Character.isSurrogatePair(text[i], text[i + 1])) {
                    i++;
                } else {
                    text[i] = '\uFFFD';
                }
            }
        }
        return text;
    }

    private void encodeNormalized(char[] text, int from, int to, TokenBuffer out) {
        boolean atStart = from == 0;
        char[] normal = text;
        int start = from;
        int end = to;
        if (normalizer != TextNormalizer.NONE) {
            normal = normalizer.apply(new String(text, from, to - from)).toCharArray();
            start = 0;
            end = normal.length;
        }
        int origin = start;
        normalizedTokens.split(normal, start, end, new AddedTokenFinder.Parts() {
            @Override
            public void text(char[] part, int partFrom, int partTo) {
                preTokenizer.cut(
                        part,
                        partFrom,
                        partTo,
                        atStart && partFrom == origin,
                        (piece, pieceFrom, pieceTo, first) -> model.encode(piece, pieceFrom, pieceTo, out));
            }

            @Override
            public void token(AddedToken token) {
                out.add(token.id());
            }
        });
    }

    /**
     * The text of some tokens; bytes that are no UTF-8 become U+FFFD.
     *
     * @param skipSpecial whether to leave out special tokens
     * @throws IllegalArgumentException if an id is beyond all tokens
     */
    public String decode(int[] tokens, boolean skipSpecial) {
        TokenStream stream = new TokenStream(tokenBytes, skipSpecial ? specialIds : Set.of(), true);
        StringBuilder text = new StringBuilder();
        for (int id : tokens) {
            text.append(stream.accept(id));
        }
        return text.append(stream.finish()).toString();
    }

    /** A new decoder that takes one token at a time. */
    public TokenStream stream(boolean skipSpecial) {
        return new TokenStream(tokenBytes, skipSpecial ? specialIds : Set.of(), false);
    }

    /** The id of a token by its exact text. */
    public OptionalInt id(String token) {
        Integer id = ids.get(token);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    public boolean isSpecial(int id) {
        return specialIds.contains(id);
    }

    /** The bytes that a token stands for, other than at the beginning of a text. @throws IllegalArgumentException if there is no such token */
    public byte[] bytes(int id) {
        byte[] bytes = tokenBytes.of(id, false);
        return bytes == null ? new byte[0] : bytes.clone();
    }

    /** How many bytes a token stands for. @throws IllegalArgumentException if there is no such token */
    public int sizeBytes(int id) {
        byte[] bytes = tokenBytes.of(id, false);
        return bytes == null ? 0 : bytes.length;
    }

    /** One more than the highest token id. */
    public int vocabularySize() {
        return tokenBytes.size();
    }
}
