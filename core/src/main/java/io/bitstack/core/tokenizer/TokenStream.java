package io.bitstack.core.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * Turns tokens into text as they come; a character whose bytes are not all there is held back. One thread at a time.
 *
 * <p>What it gives is what {@link Tokenizer#decode} gives for all tokens at once, except where tokens that stand for single bytes
 * (SentencePiece's byte fallback) are no UTF-8: only the bytes that are wrong become U+FFFD, where the decoder of tokenizer.json
 * replaces every byte of such a run, which cannot be known before the run is over.
 */
public final class TokenStream {
    private final TokenBytes bytes;
    private final TokenDecoder decoder;
    private final Set<Integer> skipped;
    private final boolean wholeRuns;
    private final Utf8Assembler assembler;
    private final ByteArrayOutputStream run = new ByteArrayOutputStream();
    private boolean first = true;
    private int leftToStrip;

    /** @param wholeRuns whether to hold back runs of single bytes until they are over */
    TokenStream(TokenBytes bytes, Set<Integer> skipped, boolean wholeRuns) {
        this.bytes = bytes;
        this.decoder = bytes.decoder();
        this.skipped = skipped;
        this.wholeRuns = wholeRuns;
        this.assembler = new Utf8Assembler(decoder.bytes() == TokenDecoder.Bytes.FALLBACK);
        TokenDecoder.Start start = decoder.start();
        this.leftToStrip = start == null ? 0 : start.most();
    }

    /**
     * The text that is complete with this token; may be empty.
     *
     * @throws IllegalArgumentException if the id is beyond all tokens
     */
    public String accept(int id) {
        StringBuilder out = new StringBuilder();
        accept(id, out);
        return stripped(out);
    }

    private void accept(int id, StringBuilder out) {
        byte[] token = bytes.of(id, first);
        if (token == null || skipped.contains(id)) {
            return;
        }
        if (decoder.spaced() && !first) {
            out.append(' ');
        }
        first = false;
        if (bytes.isSingleByte(id)) {
            if (wholeRuns) {
                run.writeBytes(token);
                return;
            }
        } else if (decoder.bytes() != TokenDecoder.Bytes.BYTE_LEVEL) {
            endRun(out);
        }
        assembler.accept(token, out);
    }

    /** What was held back, to be called once at the end. */
    public String finish() {
        StringBuilder out = new StringBuilder();
        endRun(out);
        return stripped(out);
    }

    private void endRun(StringBuilder out) {
        assembler.finish(out);
        if (run.size() > 0) {
            try {
                out.append(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(run.toByteArray())));
            } catch (CharacterCodingException e) {
                out.repeat('\uFFFD', run.size());
            }
            run.reset();
        }
    }

    /** Without the characters that the decoder takes off the start of the text. */
    private String stripped(StringBuilder out) {
        TokenDecoder.Start start = decoder.start();
        if (start == null || leftToStrip == 0 || out.isEmpty()) {
            return out.toString();
        }
        int at = 0;
        while (leftToStrip > 0 && at < out.length()) {
            int character = out.codePointAt(at);
            if (character != start.content()) {
                leftToStrip = 0;
                break;
            }
            leftToStrip--;
            at += Character.charCount(character);
        }
        return out.substring(at);
    }
}
