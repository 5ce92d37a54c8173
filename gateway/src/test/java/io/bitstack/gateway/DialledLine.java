package io.bitstack.gateway;

import io.bitstack.service.channel.AnswerWord;
import io.bitstack.service.channel.ChannelProtocol;
import io.bitstack.service.channel.WorkHead;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** One connection of a node that dials out, which answers as a test tells it to. */
final class DialledLine implements WebSocket.Listener, AutoCloseable {
    private static final int PATIENCE_SECONDS = 60;
    static final Map<String, List<String>> EVENTS = Map.of("Content-Type", List.of("text/event-stream"));
    static final Map<String, List<String>> JSON = Map.of("Content-Type", List.of("application/json"));

    /** A request as it came. */
    record Work(WorkHead head, String body) {}

    final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private final BlockingQueue<Work> works = new LinkedBlockingQueue<>();
    private final JsonMapper json = JsonMapper.shared();
    private final StringBuilder text = new StringBuilder();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final boolean isDeaf;
    private @Nullable WorkHead head;
    private @Nullable WebSocket socket;

    private DialledLine(boolean isDeaf) {
        this.isDeaf = isDeaf;
    }

    /** Opens a connection; throws what the gateway's refusal makes of that. */
    static DialledLine open(HttpClient http, GatewayFixture gateway, String key, String node) {
        return open(http, gateway, key, node, false);
    }

    /** @param isDeaf whether it reads nothing, so that no sign of life comes back either */
    static DialledLine open(HttpClient http, GatewayFixture gateway, String key, String node, boolean isDeaf) {
        DialledLine line = new DialledLine(isDeaf);
        line.socket = http.newWebSocketBuilder()
                .header("Authorization", "Bearer " + key)
                .subprotocols(ChannelProtocol.NAME)
                .buildAsync(
                        URI.create("ws://127.0.0.1:%d%s".formatted(gateway.port(), ChannelProtocol.path(node))), line)
                .join();
        return line;
    }

    @Override
    public void onOpen(WebSocket opened) {
        if (!isDeaf) {
            opened.request(Long.MAX_VALUE);
        }
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        text.append(data);
        if (last) {
            head = json.readValue(text.toString(), WorkHead.class);
            text.setLength(0);
            whole();
        }
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        body.writeBytes(bytes);
        whole();
        return null;
    }

    private void whole() {
        WorkHead asked = head;
        if (asked != null && body.size() == asked.bodyBytes()) {
            works.add(new Work(asked, body.toString(StandardCharsets.UTF_8)));
            head = null;
            body.reset();
        }
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int statusCode, String reason) {
        closed.complete(statusCode);
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        closed.complete(-1);
    }

    /** The next request that comes over this connection. */
    Work next() throws InterruptedException {
        Work work = works.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (work == null) {
            throw new AssertionError("no request came");
        }
        return work;
    }

    /** Takes the next request and answers it whole. */
    Work answer(String answer) throws InterruptedException {
        Work work = next();
        say(AnswerWord.taken());
        say(AnswerWord.head(200, JSON));
        send(answer);
        say(AnswerWord.end());
        return work;
    }

    void say(AnswerWord word) {
        say(json.writeValueAsString(word));
    }

    void say(String words) {
        socket().sendText(words, true).join();
    }

    /** Says what the gateway may close the connection for, before all of it is sent. */
    void sayInVain(String words) {
        var _ = socket().sendText(words, true).exceptionally(_ -> socket()).join();
    }

    void send(String bytes) {
        socket().sendBinary(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.UTF_8)), true)
                .join();
    }

    /** How the gateway closes the connection. */
    int awaitClosed() throws Exception {
        return closed.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** As when the machine is gone. */
    void abort() {
        socket().abort();
    }

    private WebSocket socket() {
        WebSocket open = socket;
        if (open == null) {
            throw new IllegalStateException("not open yet");
        }
        return open;
    }

    @Override
    public void close() {
        abort();
    }
}
