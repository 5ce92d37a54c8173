package io.bitstack.inference.engine;

import java.util.Locale;

/** Why an answer ended. */
public enum FinishReason {
    /** The model ended it, or a stop string was met. */
    STOP,
    /** It has as many tokens as were asked for. */
    LENGTH;

    /** As OpenAI spells it. */
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
