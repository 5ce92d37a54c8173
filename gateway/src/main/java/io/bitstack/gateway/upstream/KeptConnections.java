package io.bitstack.gateway.upstream;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.URIScheme;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultBHttpClientConnectionFactory;
import org.apache.hc.core5.http.io.HttpClientConnection;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.pool.LaxConnPool;
import org.apache.hc.core5.pool.PoolEntry;
import org.apache.hc.core5.pool.PoolReusePolicy;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

/**
 * Connections to what is behind the gateway. One whose request has ended is kept for the next one for a while, the one used last first. A place in the pool is leased and
 * given back; {@link UpstreamCall} does both.
 */
final class KeptConnections implements AutoCloseable {
    private static final int LONGEST_HEADER_BYTES = 16 * 1024;
    private static final int MOST_HEADERS = 200;
    private static final int MOST_OF_ADDRESS = 10_000;

    /** Shorter than servers keep a connection without a request. */
    private static final TimeValue IDLE = TimeValue.ofSeconds(10);

    private static final long LOOK_AFTER_MILLIS = 500;

    private final Duration connectTimeout;
    private final SSLSocketFactory tls;
    private final Set<HttpHost> looked;
    private final LaxConnPool<HttpHost, HttpClientConnection> pool =
            new LaxConnPool<>(MOST_OF_ADDRESS, TimeValue.NEG_ONE_MILLISECOND, PoolReusePolicy.LIFO, null);
    private final DefaultBHttpClientConnectionFactory connections = DefaultBHttpClientConnectionFactory.builder()
            .http1Config(Http1Config.custom()
                    .setMaxLineLength(LONGEST_HEADER_BYTES)
                    .setMaxHeaderCount(MOST_HEADERS)
                    .build())
            .build();
    private final Deadlines deadlines = new Deadlines();
    private final ScheduledExecutorService sweeper = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("idle-connections").daemon().factory());

    /**
     * @param tls knows which certificates are good
     * @param looked servers that are asked for changes: whether a connection that was kept is still open is looked at before it is used, since the request cannot be sent
     *     again. To look costs a millisecond, for which a token should not wait
     */
    KeptConnections(Duration connectTimeout, SSLSocketFactory tls, Set<HttpHost> looked) {
        this.connectTimeout = connectTimeout;
        this.tls = tls;
        this.looked = Set.copyOf(looked);
        var _ = sweeper.scheduleWithFixedDelay(
                () -> pool.closeIdle(IDLE), IDLE.getDuration(), IDLE.getDuration(), IDLE.getTimeUnit());
    }

    /**
     * A place for a request, with a connection that was kept, or with none.
     *
     * @param mayBeRepeated whether the request may be sent again should the connection turn out to be closed
     * @throws ConnectException when none became free in time, so that nothing was sent
     */
    PoolEntry<HttpHost, HttpClientConnection> lease(HttpHost host, boolean mayBeRepeated) throws IOException {
        while (true) {
            PoolEntry<HttpHost, HttpClientConnection> place = leaseAny(host);
            HttpClientConnection kept = place.getConnection();
            boolean isDoubtful = kept != null
                    && !mayBeRepeated
                    && looked.contains(host)
                    && System.currentTimeMillis() - place.getUpdated() > LOOK_AFTER_MILLIS;
            if (!isDoubtful || !kept.isStale()) {
                return place;
            }
            drop(place);
        }
    }

    private PoolEntry<HttpHost, HttpClientConnection> leaseAny(HttpHost host) throws IOException {
        try {
            return pool.lease(host, null, Timeout.of(connectTimeout), null)
                    .get(connectTimeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectException("interrupted while waiting for a connection");
        } catch (TimeoutException | ExecutionException e) {
            throw because("no connection became free in time", e);
        }
    }

    /** @throws ConnectException when none came about, so that nothing was sent */
    HttpClientConnection open(HttpHost host) throws IOException {
        Socket socket = null;
        boolean isOpen = false;
        try {
            socket = connect(host);
            HttpClientConnection connection = URIScheme.HTTPS.same(host.getSchemeName())
                    ? connections.createConnection(secure(socket, host), socket)
                    : connections.createConnection(socket);
            isOpen = true;
            return connection;
        } catch (IOException e) {
            throw because(e.toString(), e);
        } finally {
            if (socket != null && !isOpen) {
                socket.close();
            }
        }
    }

    private Socket connect(HttpHost host) throws IOException {
        int port = host.getPort() > 0 ? host.getPort() : URIScheme.HTTPS.same(host.getSchemeName()) ? 443 : 80;
        IOException last = new ConnectException("no address");
        for (InetAddress address : InetAddress.getAllByName(host.getHostName())) {
            Socket socket = new Socket();
            try {
                socket.setTcpNoDelay(true);
                socket.connect(new InetSocketAddress(address, port), millis(connectTimeout));
                return socket;
            } catch (IOException e) {
                socket.close();
                last = e;
            }
        }
        throw last;
    }

    private SSLSocket secure(Socket plain, HttpHost host) throws IOException {
        SSLSocket socket = (SSLSocket) tls.createSocket(plain, host.getHostName(), plain.getPort(), true);
        SSLParameters parameters = socket.getSSLParameters();
        // The certificate has to be for the host that was asked for.
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.setSoTimeout(millis(connectTimeout));
        socket.startHandshake();
        // From here on the request's deadline counts.
        socket.setSoTimeout(0);
        return socket;
    }

    private static int millis(Duration duration) {
        return Math.clamp(duration.toMillis(), 1, Integer.MAX_VALUE);
    }

    private static ConnectException because(String why, Exception cause) {
        ConnectException failed = new ConnectException(why);
        failed.initCause(cause);
        return failed;
    }

    /** What looks after the requests that are under way. */
    Deadlines deadlines() {
        return deadlines;
    }

    /** The connection may be used for the next request. */
    void keep(PoolEntry<HttpHost, HttpClientConnection> place) {
        place.updateExpiry(IDLE);
        pool.release(place, true);
    }

    /** Ends the connection at once, whoever reads from it or writes to it. */
    void drop(PoolEntry<HttpHost, HttpClientConnection> place) {
        place.discardConnection(CloseMode.IMMEDIATE);
        pool.release(place, false);
    }

    @Override
    public void close() {
        sweeper.shutdownNow();
        deadlines.close();
        pool.close(CloseMode.GRACEFUL);
    }
}
