package io.bitstack.inference.channel;

import io.bitstack.service.channel.AnswerWord;
import io.bitstack.service.channel.ChannelProtocol;
import java.io.IOException;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import tools.jackson.databind.json.JsonMapper;

/** Sends words and bytes to a gateway, one after the other; waits while it does not take them. */
final class Words {
    private final WebSocket socket;
    private final JsonMapper json = JsonMapper.shared();

    Words(WebSocket socket) {
        this.socket = socket;
    }

    /** @throws IOException if the connection is gone, or nobody would take so long a word */
    void say(AnswerWord word) throws IOException {
        String text = json.writeValueAsString(word);
        if (text.length() > ChannelProtocol.LONGEST_WORD_CHARS) {
            throw new IOException(
                    "the head of the answer has more than %d characters".formatted(ChannelProtocol.LONGEST_WORD_CHARS));
        }
        await(() -> socket.sendText(text, true));
    }

    void send(byte[] bytes, int count) throws IOException {
        await(() -> socket.sendBinary(ByteBuffer.wrap(bytes, 0, count), true));
    }

    private interface Sending {
        CompletableFuture<WebSocket> begin();
    }

    private void await(Sending sending) throws IOException {
        // The next request of the same connection may begin to be answered while the last word of this one is still
        // being sent.
        synchronized (this) {
            try {
                sending.begin().join();
            } catch (CompletionException | IllegalStateException e) {
                throw new IOException("the gateway's connection is gone", e);
            }
        }
    }
}
