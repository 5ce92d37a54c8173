package io.bitstack.core.tokenizer;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** Turns tokens into text as they come; a character whose bytes are not all there is held back. One thread at a time. */
public final class TokenStream {
    private final TokenBytes bytes;
    private final Set<Integer> skipped;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private ByteBuffer pending = ByteBuffer.allocate(64);
    private boolean first = true;

    TokenStream(TokenBytes bytes, Set<Integer> skipped) {
        this.bytes = bytes;
        this.skipped = skipped;
    }

    /** The text that is complete with this token; may be empty. */
    public String accept(int id) {
        if (skipped.contains(id)) {
            return "";
        }
        byte[] token = bytes.of(id);
        int skip = first && bytes.stripsFirstSpace() && token.length > 0 && token[0] == ' ' ? 1 : 0;
        first &= token.length == 0;
        if (pending.remaining() < token.length) {
            pending.flip();
            pending = ByteBuffer.allocate(2 * (pending.remaining() + token.length))
                    .put(pending);
        }
        pending.put(token, skip, token.length - skip);
        return drain(false);
    }

    /** What was held back, to be called once at the end. */
    public String finish() {
        return drain(true);
    }

    private String drain(boolean end) {
        pending.flip();
        CharBuffer out = CharBuffer.allocate(pending.remaining() + 2);
        decoder.decode(pending, out, end);
        if (end) {
            decoder.flush(out);
            decoder.reset();
        }
        pending.compact();
        return out.flip().toString();
    }
}
