package io.bitstack.core.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Byte-pair encoding of one word, by the bytes of its text or by its characters. Safe for many threads. */
final class BpeModel {
    private static final String MEMBER = "model";
    private static final int NONE = -1;
    private static final char STAND_IN = '\u2581';

    private final Map<String, Integer> vocabulary;
    private final PairMerger merger;
    private final WordCache cache = new WordCache();
    private final boolean bytes;
    private final boolean byteFallback;
    private final boolean ignoreMerges;
    private final boolean fuseUnknown;
    private final int unknown;

    /** Ids of single characters of the basic plane, and of the others. */
    private final int[] basic = new int[1 << 16];

    private final Map<Integer, Integer> beyond = new HashMap<>();
    private final int[] byteTokens = new int[256];

    /** @param bytes whether words are encoded by their UTF-8 bytes in the byte-level alphabet */
    BpeModel(JsonNode model, Map<String, Integer> vocabulary, boolean bytes) {
        if (model.path("dropout").asDouble(0) > 0) {
            throw Members.unsupported("model, dropout", model.path("dropout").toString(), "none");
        }
        for (String affix : new String[] {"continuing_subword_prefix", "end_of_word_suffix"}) {
            if (!model.path(affix).asString("").isEmpty()) {
                throw Members.unsupported("model, " + affix, model.path(affix).asString(), "none (an empty one)");
            }
        }
        this.vocabulary = vocabulary;
        this.bytes = bytes;
        this.byteFallback = Members.flag(model, "byte_fallback", false, MEMBER);
        this.ignoreMerges = Members.flag(model, "ignore_merges", false, MEMBER);
        this.fuseUnknown = Members.flag(model, "fuse_unk", false, MEMBER);
        this.unknown = unknown(model, vocabulary);
        this.merger = new PairMerger(Vocabulary.merges(model.path("merges"), vocabulary));
        Arrays.fill(basic, NONE);
        vocabulary.forEach((token, id) -> {
            if (token.length() == 1) {
                basic[token.charAt(0)] = id;
            } else if (token.length() == 2 && token.codePointCount(0, 2) == 1) {
                beyond.put(token.codePointAt(0), id);
            }
        });
        for (int b = 0; b < 256; b++) {
            byteTokens[b] = vocabulary.getOrDefault("<0x%02X>".formatted(b), NONE);
        }
    }

    private static int unknown(JsonNode model, Map<String, Integer> vocabulary) {
        if (Members.absent(model.path("unk_token"))) {
            return NONE;
        }
        String token = Members.string(model, "unk_token", MEMBER);
        Integer id = vocabulary.get(token);
        if (id == null) {
            throw Members.wrong(
                    "model.unk_token", "names '%s', which is not in the vocabulary".formatted(Members.clip(token)));
        }
        return id;
    }

    /**
     * Whether a text may be cut in front of each space's stand-in that follows another character, because no merge reaches over
     * such a place and every unknown character before it is settled there. Then short words can be looked up, where a
     * SentencePiece-style model has the whole text as one word.
     */
    boolean mayCutBeforeStandIn() {
        return !bytes
                && !ignoreMerges
                && basic[STAND_IN] != NONE
                && vocabulary.keySet().stream().noneMatch(BpeModel::reachesOver);
    }

    private static boolean reachesOver(String token) {
        for (int i = token.indexOf(STAND_IN, 1); i > 0; i = token.indexOf(STAND_IN, i + 1)) {
            if (token.charAt(i - 1) != STAND_IN) {
                return true;
            }
        }
        return false;
    }

    /** Cuts in front of each run of the space's stand-in. */
    static void cutBeforeStandIn(char[] text, int from, int to, boolean atStart, PreTokenizer.Pieces out) {
        int start = from;
        for (int i = from + 1; i < to; i++) {
            if (text[i] == STAND_IN && text[i - 1] != STAND_IN) {
                out.piece(text, start, i, atStart && start == from);
                start = i;
            }
        }
        out.piece(text, start, to, atStart && start == from);
    }

    /** Appends the ids of a word. */
    void encode(char[] text, int from, int to, TokenBuffer out) {
        if (to - from > WordCache.LONGEST_WORD) {
            out.addAll(merged(text, from, to));
            return;
        }
        int hash = WordCache.hash(text, from, to);
        int[] ids = cache.find(hash, text, from, to);
        if (ids == null) {
            ids = merged(text, from, to);
            cache.put(hash, text, from, to, ids);
        }
        out.addAll(ids);
    }

    private int[] merged(char[] text, int from, int to) {
        if (ignoreMerges) {
            String word = new String(text, from, to - from);
            Integer whole = vocabulary.get(bytes ? ByteAlphabet.encode(word.getBytes(StandardCharsets.UTF_8)) : word);
            if (whole != null) {
                return new int[] {whole};
            }
        }
        TokenBuffer symbols = symbols(text, from, to);
        int count = merger.merge(symbols.raw(), symbols.size());
        return Arrays.copyOf(symbols.raw(), count);
    }

    /** One id a character, or one a byte where the character is unknown and bytes may stand in. */
    private TokenBuffer symbols(char[] text, int from, int to) {
        TokenBuffer out = new TokenBuffer(to - from + 8);
        boolean pending = false;
        for (int i = from; i < to; ) {
            int codePoint = Character.codePointAt(text, i, to);
            i += Character.charCount(codePoint);
            if (!bytes) {
                pending = symbol(codePoint, out, pending);
            } else if (codePoint < 0x80) {
                pending = symbol(ByteAlphabet.toCharacter(codePoint), out, pending);
            } else {
                int length = codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
                int first = ((0xF00 >> length) & 0xFF) | (codePoint >> (6 * (length - 1)));
                pending = symbol(ByteAlphabet.toCharacter(first), out, pending);
                for (int shift = 6 * (length - 2); shift >= 0; shift -= 6) {
                    pending = symbol(ByteAlphabet.toCharacter(0x80 | ((codePoint >> shift) & 0x3F)), out, pending);
                }
            }
        }
        if (pending) {
            out.add(unknown);
        }
        return out;
    }

    /**
     * Appends the symbol of a character.
     *
     * @param pending whether an unknown character before it is still to be appended: it waits, also behind bytes, for others to
     *     fuse with
     * @return whether one is now
     */
    private boolean symbol(int codePoint, TokenBuffer out, boolean pending) {
        int id = codePoint < basic.length ? basic[codePoint] : beyond.getOrDefault(codePoint, NONE);
        if (id != NONE) {
            if (pending) {
                out.add(unknown);
            }
            out.add(id);
            return false;
        }
        if (byteFallback && addBytes(codePoint, out)) {
            return pending;
        }
        if (unknown == NONE) {
            return false;
        }
        if (pending && !fuseUnknown) {
            out.add(unknown);
        }
        return true;
    }

    private boolean addBytes(int codePoint, TokenBuffer out) {
        byte[] utf8 = Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
        for (byte b : utf8) {
            if (byteTokens[b & 0xFF] == NONE) {
                return false;
            }
        }
        for (byte b : utf8) {
            out.add(byteTokens[b & 0xFF]);
        }
        return true;
    }
}
