package io.bitstack.inference.engine;

import io.bitstack.inference.resident.ServedModel;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The tokens that end an answer. */
final class EndTokens {
    /**
     * Names under which models of the supported families know the end of a turn; config.json often tells only the end of a text,
     * and an instruction-tuned model would talk to itself after its turn.
     */
    private static final List<String> NAMES =
            List.of("<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|end|>", "<|end_of_text|>", "<|endoftext|>", "</s>");

    private EndTokens() {}

    static Set<Integer> of(ServedModel model) {
        Set<Integer> ends = new HashSet<>(model.config().eosTokens());
        for (String name : NAMES) {
            model.tokenizer().id(name).ifPresent(id -> {
                if (model.tokenizer().isSpecial(id)) {
                    ends.add(id);
                }
            });
        }
        return Set.copyOf(ends);
    }
}
