package io.bitstack.gateway.upstream;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.service.ApiException;
import io.bitstack.service.ClientConnection;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import org.apache.coyote.CloseNowException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.ModelAndView;

/**
 * An answer from behind the gateway, handed on as it arrives. When the client goes away the write fails, the answer is
 * closed, and with it the connection behind, so that what is computed for nobody stops.
 */
public final class StreamedAnswer extends CookielessAnswer {
    private static final int BUFFER_BYTES = 16 * 1024;
    private final UpstreamAnswer answer;
    private final boolean isStreamed;
    private final byte @Nullable [] first;
    private final AnswerWatch watch;
    private final HttpHeaders headers;

    private StreamedAnswer(UpstreamAnswer answer, byte @Nullable [] first, boolean isStreamed, AnswerWatch watch) {
        this.answer = answer;
        this.first = first;
        this.isStreamed = isStreamed;
        this.watch = watch;
        this.headers = answer.headers();
    }

    /**
     * Takes over an answer of which only the head is here.
     *
     * @param streamed content types of which every piece is handed on at once
     */
    public static StreamedAnswer of(UpstreamAnswer answer, List<MediaType> streamed) {
        return new StreamedAnswer(answer, null, isStreamed(answer.headers(), streamed), AnswerWatch.NONE);
    }

    /** Takes over an answer whose first bytes are here. */
    public static StreamedAnswer of(BegunAnswer begun, AnswerWatch watch) {
        return new StreamedAnswer(begun.answer(), begun.first(), begun.isStreamed(), watch);
    }

    @Override
    public HttpStatusCode statusCode() {
        return HttpStatusCode.valueOf(answer.status());
    }

    /** The headers that the client will get; may be changed until {@link #writeTo}. */
    @Override
    public HttpHeaders headers() {
        return headers;
    }

    @Override
    public @Nullable ModelAndView writeTo(HttpServletRequest request, HttpServletResponse response, Context context)
            throws IOException {
        write(response);
        return null;
    }

    /** Hands the answer on, to its end or until the client or the server behind is gone. */
    public void write(HttpServletResponse response) throws IOException {
        try (answer) {
            response.setStatus(answer.status());
            headers.forEach((name, values) -> {
                response.setHeader(name, values.getFirst());
                for (int i = 1; i < values.size(); i++) {
                    response.addHeader(name, values.get(i));
                }
            });
            copy(response);
        } finally {
            watch.ended();
        }
    }

    /** Whether the pieces of an answer with such headers are handed on at once. */
    static boolean isStreamed(HttpHeaders headers, List<MediaType> streamed) {
        MediaType type = headers.getContentType();
        if (type != null) {
            for (MediaType each : streamed) {
                if (type.equalsTypeAndSubtype(each)) {
                    return true;
                }
            }
        }
        return false;
    }

    private void copy(HttpServletResponse response) throws IOException {
        OutputStream out = response.getOutputStream();
        if (first == null) {
            if (isStreamed) {
                // The client learns that its stream is open before anything happens.
                response.flushBuffer();
            }
            copyRest(out);
            return;
        }
        if (first.length > 0) {
            // With the head in one piece. Whether the client has left was looked after until now.
            pass(out, first, first.length);
        }
        if (isStreamed) {
            copyRest(out);
        } else {
            out.flush();
        }
    }

    private void copyRest(OutputStream out) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        ClientConnection client = ClientConnection.current();
        for (int read = next(answer.body(), buffer); read >= 0; read = next(answer.body(), buffer)) {
            if (isStreamed && client.isClosed()) {
                // The system would take one more piece before it tells. To leave is no fault that would belong in the
                // log.
                throw new CloseNowException("the client has left");
            }
            pass(out, buffer, read);
        }
        out.flush();
    }

    private void pass(OutputStream out, byte[] piece, int count) throws IOException {
        out.write(piece, 0, count);
        if (isStreamed) {
            out.flush();
        }
        watch.passed(piece, count);
    }

    private static int next(InputStream body, byte[] buffer) {
        try {
            return body.read(buffer);
        } catch (IOException e) {
            throw new ApiException(
                    GatewayCode.UPSTREAM_FAILED, "the service or node broke off in the middle of its answer", e);
        }
    }
}
