package io.bitstack.compression.fetch;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.io.CloseMode;
import org.jspecify.annotations.Nullable;

/** What a server answered; closing it closes the connection, whether or not the body was read. */
final class GuardedAnswer implements AutoCloseable {
    private final ClassicHttpResponse response;
    private final CloseableHttpClient client;

    GuardedAnswer(ClassicHttpResponse response, CloseableHttpClient client) {
        this.response = response;
        this.client = client;
    }

    int status() {
        return response.getCode();
    }

    @Nullable
    String header(String name) {
        Header header = response.getFirstHeader(name);
        return header == null ? null : header.getValue();
    }

    /** The length that the server announces; -1 if it does not. */
    long contentLengthBytes() {
        String length = header("Content-Length");
        return length != null && length.matches("[0-9]{1,18}") ? Long.parseLong(length) : -1;
    }

    /** The body; closing it closes the connection at once: what is not wanted any more is not read to its end. */
    InputStream stream() throws IOException {
        if (response.getEntity() == null) {
            return InputStream.nullInputStream();
        }
        return new FilterInputStream(response.getEntity().getContent()) {
            @Override
            public void close() {
                GuardedAnswer.this.close();
            }
        };
    }

    @Override
    public void close() {
        client.close(CloseMode.IMMEDIATE);
    }
}
