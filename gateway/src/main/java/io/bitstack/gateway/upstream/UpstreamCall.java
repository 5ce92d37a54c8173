package io.bitstack.gateway.upstream;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Objects;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.apache.hc.core5.http.impl.io.HttpRequestExecutor;
import org.apache.hc.core5.http.io.HttpClientConnection;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.pool.PoolEntry;
import org.jspecify.annotations.Nullable;

/**
 * One request to a server behind the gateway. It blocks: the thread that has a request writes and reads the connection by itself, and no other has to be woken for a token.
 * Redirects are the client's business: a blob's presigned address must not get the internal token.
 */
final class UpstreamCall implements Deadlines.Bounded {
    private static final HttpRequestExecutor EXECUTOR = new HttpRequestExecutor();

    private final KeptConnections connections;
    private final HttpHost host;
    private final ClassicHttpRequest request;
    private final boolean mayBeRepeated;
    private final Waiting waiting;
    private @Nullable PoolEntry<HttpHost, HttpClientConnection> place;
    private boolean isCancelled;

    /**
     * @param mayBeRepeated whether it changes nothing, so that it is sent again when a connection that was kept turns out to have been closed by the server in the meantime. One
     *     that went out on a connection of its own is never sent again here: whether another server may be asked is for others to say
     * @param patience how long the answer may take until it begins, or until it goes on
     */
    UpstreamCall(
            KeptConnections connections,
            HttpHost host,
            ClassicHttpRequest request,
            boolean mayBeRepeated,
            Duration patience) {
        this.connections = connections;
        this.host = host;
        this.request = request;
        this.mayBeRepeated = mayBeRepeated;
        this.waiting = new Waiting(patience.toNanos());
    }

    /** Gives the request up, and later its answer, from any thread; does nothing when the answer has been read to its end. */
    void cancel() {
        synchronized (this) {
            isCancelled = true;
        }
        giveBack(false);
    }

    @Override
    public void look(long nowNanos) {
        if (waiting.look(nowNanos)) {
            cancel();
        }
    }

    /**
     * Returns when the answer's head is here.
     *
     * @throws ConnectException when nothing was sent
     * @throws SocketTimeoutException when it did not come in time
     */
    UpstreamAnswer ask() throws IOException {
        while (true) {
            PoolEntry<HttpHost, HttpClientConnection> leased = connections.lease(host, mayBeRepeated);
            boolean wasKept = leased.hasConnection();
            hold(leased);
            boolean isAnswered = false;
            try {
                UpstreamAnswer answer = ask(leased);
                isAnswered = true;
                return answer;
            } catch (IOException e) {
                if (!wasKept || !mayBeRepeated || !isClosedByServer(e) || isCancelled()) {
                    throw explained(e);
                }
            } catch (HttpException e) {
                throw new IOException("the answer is no HTTP: " + e.getMessage(), e);
            } finally {
                if (!isAnswered) {
                    giveBack(false);
                }
            }
        }
    }

    private UpstreamAnswer ask(PoolEntry<HttpHost, HttpClientConnection> leased) throws IOException, HttpException {
        if (!leased.hasConnection()) {
            leased.assignConnection(connections.open(host));
            if (isCancelled()) {
                // Whoever cancelled may have found no connection to close.
                leased.discardConnection(CloseMode.IMMEDIATE);
                throw new IOException("the request was given up");
            }
        }
        HttpClientConnection connection = leased.getConnection();
        if (connection == null) {
            throw new IOException("the request was given up");
        }
        HttpCoreContext context = HttpCoreContext.create();
        ClassicHttpResponse response;
        waiting.begin();
        try {
            response = EXECUTOR.execute(request, connection, context);
        } finally {
            waiting.end();
        }
        boolean isKept = EXECUTOR.keepAlive(request, response, connection, context);
        HttpEntity entity = response.getEntity();
        if (entity == null) {
            giveBack(isKept);
            return UpstreamAnswer.of(response, InputStream.nullInputStream(), this::cancel);
        }
        return UpstreamAnswer.of(response, new Body(entity.getContent(), isKept), this::cancel);
    }

    private static boolean isClosedByServer(IOException failure) {
        return failure instanceof NoHttpResponseException
                || (failure instanceof SocketException && !(failure instanceof ConnectException));
    }

    /** A connection that was closed here, since nothing came for too long, looks like one that broke. */
    private IOException explained(IOException failure) {
        if (!waiting.isTooLong()) {
            return failure;
        }
        SocketTimeoutException timeout = new SocketTimeoutException("nothing came for too long");
        timeout.initCause(failure);
        return timeout;
    }

    private void hold(PoolEntry<HttpHost, HttpClientConnection> leased) throws IOException {
        synchronized (this) {
            if (!isCancelled) {
                place = leased;
                connections.deadlines().add(this);
                return;
            }
        }
        connections.drop(leased);
        throw new IOException("the request was given up");
    }

    private synchronized boolean isCancelled() {
        return isCancelled;
    }

    /** Once; whoever comes second finds that it is done. */
    private void giveBack(boolean isKept) {
        PoolEntry<HttpHost, HttpClientConnection> given;
        synchronized (this) {
            given = place;
            place = null;
        }
        if (given == null) {
            return;
        }
        connections.deadlines().remove(this);
        if (isKept) {
            connections.keep(given);
        } else {
            connections.drop(given);
        }
    }

    /** The answer's body; whoever has read it to its end has given the connection back. Closing it does nothing: it would read what is still to come, which may be endless. */
    private final class Body extends InputStream {
        private final InputStream content;
        private final boolean isKept;
        private boolean isAtEnd;

        Body(InputStream content, boolean isKept) {
            this.content = content;
            this.isKept = isKept;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, buffer.length);
            if (isAtEnd) {
                return -1;
            }
            boolean isRead = false;
            waiting.begin();
            try {
                int count = content.read(buffer, offset, length);
                isRead = true;
                if (count < 0) {
                    isAtEnd = true;
                    giveBack(isKept);
                }
                return count;
            } catch (IOException e) {
                throw explained(e);
            } finally {
                waiting.end();
                if (!isRead) {
                    giveBack(false);
                }
            }
        }
    }
}
