package io.bitstack.gateway.upstream;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.service.ApiException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import org.springframework.http.MediaType;

/**
 * An answer of which the first bytes are here, or all of them.
 *
 * @param first what is here
 * @param isStreamed whether more is to come
 */
public record BegunAnswer(UpstreamAnswer answer, byte[] first, boolean isStreamed) {
    /** Many times a first token. Whatever more there is comes with the next piece; memory that is not needed would be cleared in the token's way. */
    private static final int LARGEST_PIECE_BYTES = 4 * 1024;

    /** Far above what the largest context makes. */
    private static final int LARGEST_WHOLE_BYTES = 32 * 1024 * 1024;

    /** Waits for the first bytes of a streamed answer, for all of another. */
    static BegunAnswer of(UpstreamAnswer answer, List<MediaType> streamed) {
        boolean isStreamed = StreamedAnswer.isStreamed(answer.headers(), streamed);
        boolean isBegun = false;
        try {
            byte[] first = read(answer.body(), isStreamed);
            isBegun = true;
            return new BegunAnswer(answer, first, isStreamed);
        } catch (IOException e) {
            throw new NotBegunException("the connection broke before an answer came; try again", e);
        } finally {
            if (!isBegun) {
                answer.close();
            }
        }
    }

    private static byte[] read(InputStream body, boolean isStreamed) throws IOException {
        if (isStreamed) {
            byte[] piece = new byte[LARGEST_PIECE_BYTES];
            int count = body.read(piece);
            return Arrays.copyOf(piece, Math.max(0, count));
        }
        byte[] whole = body.readNBytes(LARGEST_WHOLE_BYTES + 1);
        if (whole.length > LARGEST_WHOLE_BYTES) {
            throw new ApiException(
                    GatewayCode.UPSTREAM_FAILED,
                    "the node's answer has more than " + LARGEST_WHOLE_BYTES + " bytes; ask for it as a stream");
        }
        return whole;
    }

    @Override
    public String toString() {
        return "BegunAnswer[%d, %d bytes]".formatted(answer.status(), first.length);
    }
}
