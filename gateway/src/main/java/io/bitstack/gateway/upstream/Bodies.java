package io.bitstack.gateway.upstream;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.gateway.settings.GatewaySettings;
import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import org.springframework.stereotype.Component;

/** Reads request bodies into memory: each up to a limit, and all of them together up to another. */
@Component
public class Bodies {
    private static final int PERMIT_BYTES = 1024;

    private static final int BUFFER_BYTES = 16 * 1024;

    private final Semaphore permits;
    private final Duration timeout;

    Bodies(GatewaySettings settings) {
        this.permits = new Semaphore((int) Math.min(Integer.MAX_VALUE, settings.maxBufferedBytes() / PERMIT_BYTES));
        this.timeout = settings.limits().bodyTimeout();
    }

    /** A body in memory; closing it gives its memory back. */
    public interface Body extends AutoCloseable {
        byte[] bytes();

        @Override
        void close();
    }

    /** Reads a request's body; throws when it is larger than {@code maxBytes}, without reading the rest. */
    public Body read(HttpServletRequest request, int maxBytes) {
        long announced = request.getContentLengthLong();
        if (announced > maxBytes) {
            throw tooLarge(maxBytes);
        }
        // A body without a length may become as large as the limit, and is accounted so while it is read.
        int reserved = permitsFor(announced < 0 && isChunked(request) ? maxBytes : Math.max(0, announced));
        if (!permits.tryAcquire(reserved)) {
            throw new ApiException(
                    GatewayCode.GATEWAY_BUSY, "the gateway is reading too many request bodies; try again in a moment");
        }
        boolean handedOut = false;
        try {
            byte[] bytes = read(request.getInputStream(), maxBytes, Math.max(0, announced));
            handedOut = true;
            return new Held(bytes, reserved);
        } catch (IOException e) {
            throw new ApiException(CommonCode.REQUEST_INVALID, "the request's body broke off", e);
        } finally {
            if (!handedOut) {
                permits.release(reserved);
            }
        }
    }

    /** Reads to the end within the time that a body may take: a client that drips bytes holds its memory no longer. */
    private byte[] read(InputStream in, int maxBytes, long announced) throws IOException {
        long beginNanos = System.nanoTime();
        if (announced > 0) {
            return readAnnounced(in, new byte[(int) announced], beginNanos);
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            all.write(buffer, 0, count);
            if (all.size() > maxBytes) {
                throw tooLarge(maxBytes);
            }
            requireInTime(beginNanos);
        }
        return all.toByteArray();
    }

    /** Into its place at once: the web server ends a body where its announced length does. */
    private byte[] readAnnounced(InputStream in, byte[] body, long beginNanos) throws IOException {
        int filled = 0;
        while (filled < body.length) {
            int count = in.read(body, filled, body.length - filled);
            if (count < 0) {
                throw new EOFException("%d of %d bytes came".formatted(filled, body.length));
            }
            filled += count;
            requireInTime(beginNanos);
        }
        return body;
    }

    private void requireInTime(long beginNanos) {
        if (System.nanoTime() - beginNanos > timeout.toNanos()) {
            throw new ApiException(
                    GatewayCode.BODY_TOO_SLOW,
                    "the request's body took longer than " + timeout.toSeconds() + " s to arrive; send it faster");
        }
    }

    private static boolean isChunked(HttpServletRequest request) {
        return request.getHeader("Transfer-Encoding") != null;
    }

    private static int permitsFor(long bytes) {
        return (int) ((bytes + PERMIT_BYTES - 1) / PERMIT_BYTES);
    }

    private static ApiException tooLarge(int maxBytes) {
        return new ApiException(
                GatewayCode.BODY_TOO_LARGE, "the request's body is larger than " + maxBytes + " bytes; send less");
    }

    private final class Held implements Body {
        private final byte[] bytes;
        private final int reserved;

        Held(byte[] bytes, int reserved) {
            this.bytes = bytes;
            this.reserved = reserved;
        }

        @Override
        public byte[] bytes() {
            return bytes;
        }

        @Override
        public void close() {
            permits.release(reserved);
        }
    }
}
