package io.bitstack.inference.chat;

import io.bitstack.core.tokenizer.Tokenizer;
import io.bitstack.inference.engine.RequestCode;
import io.bitstack.inference.engine.RequestException;
import io.bitstack.inference.resident.ServedModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Makes the tokens of a prompt from a conversation. */
@Component
public class ChatPrompts implements AutoCloseable {
    private final ChatTemplates templates = new ChatTemplates();

    /**
     * The tokens that ask the model for the next turn. Special tokens in clients' texts stay texts.
     *
     * @param messages as clients send them
     * @param variables further variables of the template, such as {@code tools}
     * @throws RequestException MODEL_HAS_NO_CHAT_TEMPLATE or CHAT_TEMPLATE_FAILED
     */
    public int[] encode(
            ServedModel model, List<Map<String, @Nullable Object>> messages, Map<String, Object> variables) {
        String template = model.chatTemplate()
                .orElseThrow(() -> new RequestException(
                        RequestCode.MODEL_HAS_NO_CHAT_TEMPLATE,
                        "model '%s' has no chat template; send its prompt to /v1/completions".formatted(model.name())));
        SpecialTexts texts = new SpecialTexts(model.tokenizer());
        Map<String, @Nullable Object> bindings = new LinkedHashMap<>();
        variables.forEach((name, value) -> bindings.put(name, texts.mark(value)));
        bindings.put("messages", texts.mark(messages));
        bindings.putIfAbsent("add_generation_prompt", true);
        bindings.put("bos_token", text(model.tokenizer(), model.config().bosToken()));
        bindings.put(
                "eos_token",
                model.config().eosTokens().isEmpty()
                        ? ""
                        : text(model.tokenizer(), model.config().eosTokens().getFirst()));
        // The template writes the start token itself where the model wants one.
        return texts.encode(templates.render(template, bindings));
    }

    private static String text(Tokenizer tokenizer, int token) {
        return token < 0 ? "" : tokenizer.decode(new int[] {token}, false);
    }

    @Override
    public void close() {
        templates.close();
    }
}
