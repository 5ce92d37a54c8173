package io.bitstack.inference.channel;

import io.bitstack.service.channel.ChannelProtocol;
import io.bitstack.service.channel.WorkHead;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** One connection to a gateway: waits for a request, has it answered, waits for the next. */
final class WorkConnection implements WebSocket.Listener {
    /** More than the gateway takes by default; the node's own port has the bound that counts. */
    private static final int LARGEST_BODY_BYTES = 64 << 20;

    private final GatewayChannel channel;
    private final HttpClient http;
    private final OwnPort port;
    private final JsonMapper json = JsonMapper.shared();
    private final long openedNanos = System.nanoTime();
    private volatile long heardNanos = openedNanos;
    private volatile @Nullable WebSocket socket;
    private @Nullable Words words;

    // Of the request that arrives; the client calls one method at a time.
    private final StringBuilder text = new StringBuilder();
    private @Nullable Arriving arriving;

    private @Nullable WorkAnswer running;
    private boolean isClosed;

    /** A request whose body is not all here. */
    private record Arriving(WorkAnswer answer, ByteBuffer body) {}

    WorkConnection(GatewayChannel channel, HttpClient http, OwnPort port) {
        this.channel = channel;
        this.http = http;
        this.port = port;
    }

    boolean isSilentFor(Duration longest) {
        return System.nanoTime() - heardNanos > longest.toNanos();
    }

    Duration age() {
        return Duration.ofNanos(System.nanoTime() - openedNanos);
    }

    @Override
    public void onOpen(WebSocket webSocket) {
        socket = webSocket;
        words = new Words(webSocket);
        heardNanos = System.nanoTime();
        channel.opened(this);
        webSocket.request(1);
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
        heardNanos = System.nanoTime();
        if (isBusy() || text.length() + data.length() > ChannelProtocol.LONGEST_HEAD_CHARS) {
            abort("the gateway sends a head that does not belong here, or is too long");
            return null;
        }
        text.append(data);
        if (last) {
            begin();
        }
        webSocket.request(1);
        return null;
    }

    private void begin() {
        Words to = words;
        try {
            WorkHead head = json.readValue(text.toString(), WorkHead.class);
            text.setLength(0);
            if (to == null || head.bodyBytes() < 0 || head.bodyBytes() > LARGEST_BODY_BYTES) {
                abort("the gateway sends a body of %d bytes".formatted(head.bodyBytes()));
                return;
            }
            WorkAnswer answer = new WorkAnswer(http, port, head, to, this::free);
            synchronized (this) {
                if (isClosed) {
                    return;
                }
                running = answer;
            }
            channel.busy(this);
            arriving = new Arriving(answer, ByteBuffer.allocate(head.bodyBytes()));
            completeIfWhole();
            Thread.ofVirtual().name("channel-request").start(() -> run(answer));
        } catch (JacksonException e) {
            abort("the gateway sends a head that is none");
        }
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket webSocket, ByteBuffer data, boolean last) {
        heardNanos = System.nanoTime();
        Arriving request = arriving;
        if (request == null || data.remaining() > request.body().remaining()) {
            abort("the gateway sends more than it said");
            return null;
        }
        request.body().put(data);
        completeIfWhole();
        webSocket.request(1);
        return null;
    }

    private void completeIfWhole() {
        Arriving request = arriving;
        if (request != null && !request.body().hasRemaining()) {
            arriving = null;
            request.answer().bodyIs(request.body().array());
        }
    }

    private void run(WorkAnswer answer) {
        try {
            answer.run();
            if (channel.isStopped()) {
                close();
            }
        } catch (IOException | RuntimeException e) {
            abort("an answer broke off: " + e.getMessage());
        }
    }

    /** Before the last word, since the next request may come right after it. */
    private void free() {
        synchronized (this) {
            running = null;
        }
        channel.free(this);
    }

    private synchronized boolean isBusy() {
        return running != null;
    }

    @Override
    public @Nullable CompletionStage<?> onPing(WebSocket webSocket, ByteBuffer message) {
        heardNanos = System.nanoTime();
        webSocket.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
        gone("closed by the gateway (%d %s)".formatted(statusCode, reason));
        return null;
    }

    @Override
    public void onError(WebSocket webSocket, Throwable error) {
        gone(error.toString());
    }

    /** The gateway has gone, or has given the request up: nothing is computed for nobody. */
    private void gone(String why) {
        WorkAnswer given;
        synchronized (this) {
            isClosed = true;
            given = running;
            running = null;
        }
        channel.closed(this, why);
        if (given != null) {
            given.giveUp();
        }
    }

    /** Closes the connection at once. */
    void abort(String why) {
        gone(why);
        WebSocket open = socket;
        if (open != null) {
            open.abort();
        }
    }

    /** Closes a connection without a request in good order. */
    void close() {
        gone("the node is stopping");
        WebSocket open = socket;
        if (open != null) {
            // Whether the gateway hears of it does not matter: the node goes.
            var _ = open.sendClose(WebSocket.NORMAL_CLOSURE, "the node is stopping");
        }
    }
}
