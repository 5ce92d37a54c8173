package io.bitstack.inference.openai;

import io.bitstack.inference.engine.FinishReason;
import io.bitstack.inference.engine.GenerationEvent;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** The JSON of one answer, as a whole or in chunks; each call tells what comes next. */
interface AnswerFormat {
    /** The chunk before all others, if there is one. */
    Optional<ObjectNode> opening();

    /** What the answer begins with because the prompt has been scored, if anything. */
    Optional<GenerationEvent.Text> begin(GenerationEvent.PromptScored scored);

    ObjectNode chunk(GenerationEvent.Text text);

    ObjectNode closing(FinishReason reason);

    /** The whole answer, from the texts that chunks would have been made of. */
    ObjectNode whole(List<GenerationEvent.Text> texts, GenerationEvent.Finished finished);

    /** A chunk without choices, for the usage. */
    ObjectNode empty();

    static void usage(ObjectNode answer, GenerationEvent.Finished finished) {
        answer.putObject("usage")
                .put("prompt_tokens", finished.promptTokens())
                .put("completion_tokens", finished.answerTokens())
                .put("total_tokens", finished.promptTokens() + finished.answerTokens());
    }
}
