package io.bitstack.service.channel;

import java.util.List;
import java.util.Map;

/**
 * What a node says of the request that it was sent.
 *
 * @param status of a head; otherwise 0
 * @param headers of a head
 * @param detail why it failed
 */
public record AnswerWord(Kind kind, int status, Map<String, List<String>> headers, String detail) {
    /** What it says. */
    public enum Kind {
        /** The request's head is here, so the connection is alive. */
        TAKEN,
        /** Status and headers of the answer; its body follows. */
        HEAD,
        /** That was all of the body, and the next request may come. */
        END,
        /** The node could not ask itself; there will be no answer, and the next request may come. */
        FAILED
    }

    public static AnswerWord taken() {
        return new AnswerWord(Kind.TAKEN, 0, Map.of(), "");
    }

    public static AnswerWord head(int status, Map<String, List<String>> headers) {
        return new AnswerWord(Kind.HEAD, status, headers, "");
    }

    public static AnswerWord end() {
        return new AnswerWord(Kind.END, 0, Map.of(), "");
    }

    public static AnswerWord failed(String detail) {
        return new AnswerWord(Kind.FAILED, 0, Map.of(), detail);
    }
}
