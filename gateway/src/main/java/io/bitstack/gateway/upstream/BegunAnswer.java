package io.bitstack.gateway.upstream;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.service.ApiException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;

/**
 * An answer of which the first bytes are here, or all of them.
 *
 * @param content the body from its beginning
 * @param isStreamed whether more is to come
 * @param first what is here
 */
public record BegunAnswer(HttpResponse<InputStream> response, InputStream content, boolean isStreamed, byte[] first) {
    private static final int LARGEST_PIECE_BYTES = 16 * 1024;
    /** Far above what the largest context makes. */
    private static final int LARGEST_WHOLE_BYTES = 32 * 1024 * 1024;

    private static final Executor READERS =
            task -> Thread.ofVirtual().name("first-bytes").start(task);

    /** Waits for the first bytes of a streamed answer, for all of another. */
    static BegunAnswer of(HttpResponse<InputStream> response, Wait wait, List<MediaType> streamed) {
        HttpHeaders headers = new HttpHeaders();
        response.headers().firstValue(HttpHeaders.CONTENT_TYPE).ifPresent(type -> headers.set("Content-Type", type));
        boolean isStreamed = StreamedAnswer.isStreamed(headers, streamed);
        InputStream body = response.body();
        try {
            byte[] first = wait.until(CompletableFuture.supplyAsync(() -> read(body, isStreamed), READERS));
            InputStream begin = new ByteArrayInputStream(first);
            return new BegunAnswer(
                    response, isStreamed ? new SequenceInputStream(begin, body) : begin, isStreamed, first);
        } catch (IOException e) {
            throw new NotBegunException("the connection broke before an answer came; try again", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiException(GatewayCode.UPSTREAM_FAILED, "the gateway is stopping", e);
        }
    }

    private static byte[] read(InputStream body, boolean isStreamed) {
        try {
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
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return "BegunAnswer[%d, %d bytes]".formatted(response.statusCode(), first.length);
    }
}
