package io.bitstack.core.tokenizer;

import static io.bitstack.core.gguf.GgufError.METADATA_INVALID;
import static io.bitstack.core.gguf.GgufError.TOKENIZER_UNSUPPORTED;

import io.bitstack.core.gguf.GgufException;
import io.bitstack.core.gguf.GgufMetadata;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Says in the words of tokenizer.json and tokenizer_config.json what the metadata of a GGUF file says of its tokenizer. */
public final class GgufTokenizer {
    private static final String PREFIX = "tokenizer.ggml.";
    private static final int NORMAL = 1;
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int BYTE = 6;

    private final GgufMetadata metadata;
    private final List<String> tokens;
    private final List<Long> types;
    private final Map<String, Integer> ids = new HashMap<>();

    private GgufTokenizer(GgufMetadata metadata) {
        this.metadata = metadata;
        this.tokens = metadata.texts(PREFIX + "tokens");
        if (tokens.isEmpty()) {
            throw new GgufException(
                    TOKENIZER_UNSUPPORTED,
                    metadata.source() + " has no tokenizer.ggml.tokens; convert the model again, with its tokenizer");
        }
        this.types = metadata.wholes(PREFIX + "token_type");
        if (!types.isEmpty() && types.size() != tokens.size()) {
            throw metadata.wrong(PREFIX + "token_type", "as long as the list of tokens", types.size() + " elements");
        }
        for (int id = 0; id < tokens.size(); id++) {
            if (ids.put(tokens.get(id), id) != null) {
                throw metadata.wrong(PREFIX + "tokens", "without duplicates", "'" + tokens.get(id) + "' twice");
            }
        }
    }

    /** The bytes of a tokenizer.json. @throws GgufException if the metadata is wrong or of a kind that is not supported */
    public static byte[] tokenizerJson(GgufMetadata metadata) {
        return JsonMapper.shared().writeValueAsBytes(new GgufTokenizer(metadata).tokenizer());
    }

    /** The bytes of a tokenizer_config.json, with the chat template. @throws GgufException if the metadata is wrong */
    public static byte[] configJson(GgufMetadata metadata) {
        GgufTokenizer tokenizer = new GgufTokenizer(metadata);
        ObjectNode config = JsonMapper.shared().createObjectNode();
        config.put("add_bos_token", tokenizer.addsStart());
        for (String name : new String[] {"bos", "eos", "unknown", "padding"}) {
            int id = tokenizer.special(name);
            if (id >= 0) {
                String member = switch (name) {
                    case "unknown" -> "unk_token";
                    case "padding" -> "pad_token";
                    default -> name + "_token";
                };
                config.put(member, tokenizer.tokens.get(id));
            }
        }
        metadata.text("tokenizer.chat_template").ifPresent(template -> config.put("chat_template", template));
        return JsonMapper.shared().writeValueAsBytes(config);
    }

    private ObjectNode tokenizer() {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("version", "1.0");
        json.putNull("truncation").putNull("padding");
        addedTokens(json.putArray("added_tokens"));
        if (isBytes()) {
            GgufPreTokenizer.of(metadata).describe(json);
            json.putObject("decoder").put("type", "ByteLevel");
        } else {
            sentencePiece(json);
        }
        template(json);
        model(json.putObject("model"));
        return json;
    }

    /** Byte-level BPE, or else SentencePiece BPE. */
    private boolean isBytes() {
        String model = metadata.text(PREFIX + "model").orElse("");
        return switch (model) {
            case "gpt2" -> true;
            case "llama" -> false;
            default ->
                throw new GgufException(
                        TOKENIZER_UNSUPPORTED,
                        "%s has a tokenizer of kind '%s'; supported: gpt2 (byte-level BPE), llama (SentencePiece BPE)"
                                .formatted(metadata.source(), model));
        };
    }

    private int type(int id) {
        return types.isEmpty() ? NORMAL : Math.clamp(types.get(id), 0, 100);
    }

    private void addedTokens(ArrayNode added) {
        for (int id = 0; id < tokens.size(); id++) {
            int type = type(id);
            if (type == CONTROL || type == USER_DEFINED || type == UNKNOWN) {
                added.addObject()
                        .put("id", id)
                        .put("content", tokens.get(id))
                        .put("single_word", false)
                        .put("lstrip", false)
                        .put("rstrip", false)
                        .put("normalized", false)
                        .put("special", type != USER_DEFINED);
            }
        }
    }

    private void sentencePiece(ObjectNode json) {
        boolean prefix = metadata.flag(PREFIX + "add_space_prefix", true);
        ArrayNode normalizers =
                json.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
        if (prefix) {
            normalizers.addObject().put("type", "Prepend").put("prepend", "▁");
        }
        ObjectNode replace = normalizers.addObject().put("type", "Replace");
        replace.putObject("pattern").put("String", " ");
        replace.put("content", "▁");
        json.putNull("pre_tokenizer");
        ArrayNode decoders = json.putObject("decoder").put("type", "Sequence").putArray("decoders");
        ObjectNode back = decoders.addObject().put("type", "Replace");
        back.putObject("pattern").put("String", "▁");
        back.put("content", " ");
        decoders.addObject().put("type", "ByteFallback");
        decoders.addObject().put("type", "Fuse");
        if (prefix) {
            decoders.addObject()
                    .put("type", "Strip")
                    .put("content", " ")
                    .put("start", 1)
                    .put("stop", 0);
        }
    }

    private void model(ObjectNode model) {
        boolean bytes = isBytes();
        model.put("type", "BPE").putNull("dropout");
        model.put("fuse_unk", !bytes);
        model.put("byte_fallback", !bytes);
        model.put("ignore_merges", bytes && GgufPreTokenizer.of(metadata).ignoresMerges());
        int unknown = bytes ? -1 : special("unknown");
        if (unknown < 0) {
            model.putNull("unk_token");
        } else {
            model.put("unk_token", tokens.get(unknown));
        }
        ObjectNode vocabulary = model.putObject("vocab");
        for (int id = 0; id < tokens.size(); id++) {
            vocabulary.put(tokens.get(id), id);
        }
        ArrayNode merges = model.putArray("merges");
        for (String[] merge : bytes ? listedMerges() : mergesByScore()) {
            merges.addArray().add(merge[0]).add(merge[1]);
        }
    }

    private List<String[]> listedMerges() {
        List<String[]> merges = new ArrayList<>();
        for (String merge : metadata.texts(PREFIX + "merges")) {
            int space = merge.indexOf(' ', 1);
            if (space < 0 || space == merge.length() - 1) {
                throw metadata.wrong(PREFIX + "merges", "pairs with a space between", "'" + merge + "'");
            }
            merges.add(new String[] {merge.substring(0, space), merge.substring(space + 1)});
        }
        if (merges.isEmpty()) {
            throw new GgufException(
                    METADATA_INVALID, metadata.source() + " has no tokenizer.ggml.merges, which kind gpt2 needs");
        }
        return merges;
    }

    /**
     * SentencePiece joins the neighbours whose union scores best; as ranked merges that is every way to cut every token in two, by
     * the token's score.
     */
    private List<String[]> mergesByScore() {
        List<Double> scores = metadata.numbers(PREFIX + "scores");
        if (scores.size() != tokens.size()) {
            throw metadata.wrong(PREFIX + "scores", "as long as the list of tokens", scores.size() + " elements");
        }
        List<Integer> byScore = new ArrayList<>();
        for (int id = 0; id < tokens.size(); id++) {
            if (type(id) == NORMAL) {
                byScore.add(id);
            }
        }
        byScore.sort((a, b) -> Double.compare(scores.get(b), scores.get(a)));
        List<String[]> merges = new ArrayList<>();
        for (int id : byScore) {
            String token = tokens.get(id);
            for (int cut = token.offsetByCodePoints(0, Math.min(1, token.length()));
                    cut < token.length();
                    cut = token.offsetByCodePoints(cut, 1)) {
                String left = token.substring(0, cut);
                String right = token.substring(cut);
                if (isPart(left) && isPart(right)) {
                    merges.add(new String[] {left, right});
                }
            }
        }
        return merges;
    }

    private boolean isPart(String piece) {
        Integer id = ids.get(piece);
        return id != null && type(id) != BYTE && type(id) != CONTROL && type(id) != UNKNOWN;
    }

    /** A token by its role, or −1. */
    private int special(String role) {
        String key = PREFIX + role + "_token_id";
        int otherwise = role.equals("unknown") && !isBytes() ? 0 : -1;
        int id = (int) metadata.whole(key, 0, Integer.MAX_VALUE).orElse(otherwise);
        if (id >= tokens.size()) {
            throw metadata.wrong(key, "less than the number of tokens, " + tokens.size(), id);
        }
        return id;
    }

    private boolean addsStart() {
        boolean otherwise = !isBytes() || GgufPreTokenizer.of(metadata).startsTexts();
        return metadata.flag(PREFIX + "add_bos_token", otherwise) && special("bos") >= 0;
    }

    /** The start and end tokens that every text gets. */
    private void template(ObjectNode json) {
        boolean ends = metadata.flag(PREFIX + "add_eos_token", false) && special("eos") >= 0;
        if (!addsStart() && !ends) {
            json.putNull("post_processor");
            return;
        }
        ObjectNode template = json.putObject("post_processor").put("type", "TemplateProcessing");
        ObjectNode special = template.putObject("special_tokens");
        for (String form : new String[] {"single", "pair"}) {
            ArrayNode parts = template.putArray(form);
            for (String text : form.equals("pair") ? List.of("A", "B") : List.of("A")) {
                if (addsStart()) {
                    specialToken(parts, special, special("bos"));
                }
                parts.addObject().putObject("Sequence").put("id", text).put("type_id", 0);
                if (ends) {
                    specialToken(parts, special, special("eos"));
                }
            }
        }
    }

    private void specialToken(ArrayNode parts, ObjectNode special, int id) {
        String token = tokens.get(id);
        parts.addObject().putObject("SpecialToken").put("id", token).put("type_id", 0);
        ObjectNode described = special.putObject(token).put("id", token);
        described.putArray("ids").add(id);
        described.putArray("tokens").add(token);
    }
}
