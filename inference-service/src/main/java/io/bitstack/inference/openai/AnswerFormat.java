package io.bitstack.inference.openai;

import io.bitstack.inference.engine.FinishReason;
import io.bitstack.inference.engine.GenerationEvent;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** The JSON of one choice of an answer, as a whole or in chunks; each call tells what comes next. */
interface AnswerFormat {
    /** The chunk before all others, if there is one. */
    Optional<ObjectNode> opening();

    /** What the answer begins with because the prompt has been scored, if anything. */
    Optional<GenerationEvent.Text> begin(GenerationEvent.PromptScored scored);

    ObjectNode chunk(GenerationEvent.Text text);

    ObjectNode closing(FinishReason reason);

    /** An answer with this whole choice alone, from the texts that chunks would have been made of; without usage. */
    ObjectNode whole(List<GenerationEvent.Text> texts, GenerationEvent.Finished finished);

    /** A chunk without choices, for the usage. */
    ObjectNode empty();

    /** @param reusedTokens of the prompts, which OpenAI calls cached */
    static void usage(ObjectNode answer, long promptTokens, long reusedTokens, long answerTokens) {
        answer.putObject("usage")
                .put("prompt_tokens", promptTokens)
                .put("completion_tokens", answerTokens)
                .put("total_tokens", promptTokens + answerTokens)
                .putObject("prompt_tokens_details")
                .put("cached_tokens", reusedTokens);
    }
}
