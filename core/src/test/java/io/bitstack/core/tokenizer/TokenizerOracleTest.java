package io.bitstack.core.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Ids and decoded text against the tokenizers library: published files, and the demo model with every supported part. */
class TokenizerOracleTest {
    private static final Path REPOSITORY = Path.of(System.getProperty("bitstack.repository", ".."));
    private static final JsonMapper JSON = JsonMapper.shared();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "demo/model",
                "../shared/data/models/smollm2-135m",
                "../shared/data/models/stories260k",
                "../shared/data/tokenizers/gpt2",
                "../shared/data/tokenizers/llama2"
            })
    void tenThousandTexts(String folder) throws IOException {
        Path file = REPOSITORY.resolve(folder).resolve("tokenizer.json");
        assumeTrue(Files.isRegularFile(file), () -> "skipped: there is no " + file);
        compare(Files.readAllBytes(file), 10_000);
    }

    private static void compare(byte[] json, int texts) throws IOException {
        Tokenizer tokenizer = Tokenizer.parse(json);
        String[] specials = JSON.readTree(json)
                .path("added_tokens")
                .valueStream()
                .map(token -> token.path("content").asString())
                .toArray(String[]::new);
        RandomTexts random = new RandomTexts(texts, specials);
        Random ids = new Random(texts);
        try (Oracle oracle = Oracle.of(json)) {
            for (int i = 0; i < texts; i++) {
                oracle.agree(tokenizer, random.next(), i % 2 == 0);
                int[] any = ids.ints(ids.nextInt(1, 12), 0, tokenizer.vocabularySize())
                        .toArray();
                oracle.agreeOnText(tokenizer, any, i % 2 == 0);
            }
        }
    }

    private static final String LLAMA3 = split(WordScanner.LLAMA3, "Isolated", false);
    private static final String BYTES =
            "{'type':'ByteLevel','add_prefix_space':false,'trim_offsets':true,'use_regex':false}";

    private static String split(String regex, String behavior, boolean invert) {
        return "{'type':'Split','pattern':{'Regex':'%s'},'behavior':'%s','invert':%s}"
                .formatted(regex.replace("\\", "\\\\").replace("'", "\\u0027"), behavior, invert);
    }

    private static String sequence(String... parts) {
        return "{'type':'Sequence','pretokenizers':[%s]}".formatted(String.join(",", parts));
    }

    /** A part of tokenizer.json to try: where it goes and what it is, in JSON with single quotes. */
    private record Part(String member, String value) {}

    private static final Part[] PARTS = {
        new Part("pre_tokenizer", sequence(LLAMA3, BYTES)),
        new Part("pre_tokenizer", sequence(split(WordScanner.QWEN2, "Removed", true), BYTES)),
        new Part(
                "pre_tokenizer",
                sequence(split("[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|\\s+", "Contiguous", false), BYTES)),
        new Part("pre_tokenizer", sequence(split("\\s+|l", "MergedWithNext", false), BYTES)),
        new Part("pre_tokenizer", sequence(split("\\s|l", "MergedWithPrevious", true), BYTES)),
        new Part("pre_tokenizer", sequence(split("o|\\s", "Removed", false), BYTES)),
        new Part("pre_tokenizer", "{'type':'ByteLevel','add_prefix_space':true,'trim_offsets':true,'use_regex':true}"),
        new Part("pre_tokenizer", sequence("{'type':'Digits','individual_digits':false}", BYTES)),
        new Part("pre_tokenizer", sequence("{'type':'Punctuation','behavior':'Isolated'}", BYTES)),
        new Part(
                "pre_tokenizer",
                sequence("{'type':'Punctuation','behavior':'Contiguous'}", "{'type':'WhitespaceSplit'}", BYTES)),
        new Part("pre_tokenizer", sequence("{'type':'Whitespace'}", BYTES)),
        new Part("pre_tokenizer", sequence(BYTES, split("Ġ", "MergedWithNext", false))),
        new Part("pre_tokenizer", "{'type':'CharDelimiterSplit','delimiter':' '}"),
        new Part("pre_tokenizer", "{'type':'Metaspace','replacement':'Ġ','prepend_scheme':'always','split':true}"),
        new Part("pre_tokenizer", "{'type':'Metaspace','replacement':'Ġ','prepend_scheme':'first','split':false}"),
        new Part("pre_tokenizer", "{'type':'Metaspace','replacement':'Ġ','prepend_scheme':'never','split':true}"),
        new Part("normalizer", "{'type':'NFC'}"),
        new Part("normalizer", "{'type':'Sequence','normalizers':[{'type':'NFKC'},{'type':'Lowercase'}]}"),
        new Part("normalizer", "{'type':'NFD'}"),
        new Part("normalizer", "{'type':'Strip','strip_left':true,'strip_right':true}"),
        new Part(
                "normalizer",
                "{'type':'Sequence','normalizers':[{'type':'Prepend','prepend':'x'},"
                        + "{'type':'Replace','pattern':{'Regex':'[ \\t]+'},'content':' $1'},{'type':'Replace','pattern':{'String':'.'},'content':'!'}]}"),
        new Part("decoder", "null"),
        new Part("decoder", "{'type':'Metaspace','replacement':'Ġ','prepend_scheme':'always','split':true}"),
        new Part(
                "decoder",
                "{'type':'Sequence','decoders':[{'type':'Strip','content':'e','start':1,'stop':0},{'type':'Fuse'},"
                        + "{'type':'Strip','content':'t','start':3,'stop':0}]}"),
        new Part(
                "decoder",
                "{'type':'Sequence','decoders':[{'type':'Replace','pattern':{'Regex':'[aĠ]'},'content':'-'},{'type':'ByteLevel',"
                        + "'add_prefix_space':true,'trim_offsets':true,'use_regex':true}]}"),
        new Part(
                "post_processor",
                "{'type':'Sequence','processors':[{'type':'ByteLevel','add_prefix_space':true,'trim_offsets':false,"
                        + "'use_regex':true},{'type':'TemplateProcessing','single':[{'SpecialToken':{'id':'<|begin|>','type_id':0}},"
                        + "{'Sequence':{'id':'A','type_id':0}},{'SpecialToken':{'id':'<|end|>','type_id':0}}],"
                        + "'pair':[{'Sequence':{'id':'A','type_id':0}},{'Sequence':{'id':'B','type_id':1}}],'special_tokens':"
                        + "{'<|begin|>':{'id':'<|begin|>','ids':[0],'tokens':['<|begin|>']},'<|end|>':{'id':'<|end|>','ids':[1],'tokens':['<|end|>']}}}]}"),
    };

    /** Flags of the model and of added tokens, each with every part. */
    @ParameterizedTest
    @ValueSource(strings = {"plain", "ignore_merges", "unknown", "added", "normalized"})
    void everyPart(String flavor) throws IOException {
        byte[] demo = Files.readAllBytes(REPOSITORY.resolve("demo/model/tokenizer.json"));
        for (Part part : PARTS) {
            ObjectNode root = (ObjectNode) JSON.readTree(demo);
            flavored(root, flavor);
            root.set(part.member, JSON.readTree(part.value.replace('\'', '"')));
            byte[] json = JSON.writeValueAsString(root).getBytes(StandardCharsets.UTF_8);
            try {
                compare(json, 250);
            } catch (AssertionError e) {
                throw new AssertionError(flavor + " with " + part + ": " + e.getMessage(), e);
            }
        }
    }

    private static void flavored(ObjectNode root, String flavor) {
        ObjectNode model = (ObjectNode) root.path("model");
        switch (flavor) {
            case "ignore_merges" -> model.put("ignore_merges", true);
            case "unknown" -> {
                model.put("unk_token", "<|pad|>").put("fuse_unk", true).put("byte_fallback", true);
                ObjectNode vocabulary = (ObjectNode) model.path("vocab");
                vocabulary.remove("Ã");
                ArrayNode merges = (ArrayNode) model.path("merges");
                merges.removeIf(merge -> merge.toString().contains("Ã"));
                for (String token : vocabulary.propertyNames().stream()
                        .filter(name -> name.contains("Ã"))
                        .toList()) {
                    vocabulary.remove(token);
                }
                vocabulary
                        .put("<0xC4>", 5000)
                        .put("<0x80>", 5001)
                        .put("<0x81>", 5002)
                        .put("<0xA0>", 5003);
            }
            case "added" -> {
                add(root, "wor", true, false, false, false);
                add(root, " mask ", false, true, true, false);
                add(root, "<sp>", false, true, true, false);
                add(root, "the", true, true, false, false);
                add(root, "é", false, false, true, false);
                add(root, "l", false, false, false, false);
                add(root, "\n", false, true, false, false);
            }
            case "normalized" -> {
                add(root, "WORLD", false, false, false, true);
                add(root, "e\u0301", false, true, false, true);
                add(root, "o w", false, false, true, true);
                add(root, "He", true, false, false, true);
            }
            default -> assertThat(flavor).isEqualTo("plain");
        }
    }

    /** Takes the id that the oracle would give. */
    private static void add(
            ObjectNode root, String content, boolean single, boolean left, boolean right, boolean normalized) {
        JsonNode vocabulary = root.path("model").path("vocab");
        ArrayNode added = (ArrayNode) root.path("added_tokens");
        int most = added.valueStream()
                .mapToInt(token -> token.path("id").asInt())
                .max()
                .orElse(0);
        int id = vocabulary.has(content)
                ? vocabulary.path(content).asInt()
                : most >= vocabulary.size() ? most + 1 : vocabulary.size();
        added.addObject()
                .put("id", id)
                .put("content", content)
                .put("single_word", single)
                .put("lstrip", left)
                .put("rstrip", right)
                .put("normalized", normalized)
                .put("special", false);
    }
}
