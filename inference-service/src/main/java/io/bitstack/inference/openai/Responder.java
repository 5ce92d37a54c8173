package io.bitstack.inference.openai;

import io.bitstack.inference.engine.Generation;
import io.bitstack.inference.engine.GenerationEvent;
import io.bitstack.inference.engine.RequestCode;
import io.bitstack.inference.engine.RequestException;
import io.bitstack.service.ClientConnection;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Writes an answer to its client, as it comes or as a whole. */
final class Responder {
    /** After so long without news a comment is sent, so that nothing on the way to the client gives the connection up. */
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(5);

    /** How often it is looked whether the client is still there, while there is nothing to send to it. */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    private final Choices choices;
    private final ClientConnection client;
    private final HttpServletResponse response;
    private long promptTokens;
    private long reusedTokens;
    private long answerTokens;

    Responder(Choices choices, ClientConnection client, HttpServletResponse response) {
        this.choices = choices;
        this.client = client;
        this.response = response;
    }

    /**
     * @throws RequestException if a generation fails
     * @throws IOException if the client has left
     */
    void whole() throws IOException {
        ObjectNode answer = whole(0);
        for (int i = 1; i < choices.count(); i++) {
            answer.withArray("choices").add(whole(i).withArray("choices").get(0));
        }
        AnswerFormat.usage(answer, promptTokens, reusedTokens, answerTokens);
        byte[] body = JsonMapper.shared().writeValueAsBytes(answer);
        response.setContentType(MediaType.APPLICATION_JSON_VALUE);
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    private ObjectNode whole(int index) throws IOException {
        Generation generation = choices.generation(index);
        AnswerFormat format = choices.get(index).format();
        List<GenerationEvent.Text> texts = new ArrayList<>();
        while (true) {
            switch (next(generation).orElse(null)) {
                case GenerationEvent.PromptScored scored -> format.begin(scored).ifPresent(texts::add);
                case GenerationEvent.Text text -> texts.add(text);
                case GenerationEvent.Finished finished -> {
                    count(index, finished);
                    return format.whole(texts, finished);
                }
                case GenerationEvent.Failed failed -> throw failed.reason();
                case null -> {
                    // Nothing yet; the engine ends every request at its deadline.
                }
            }
        }
    }

    /**
     * Sends server-sent events, those of one choice after those of another.
     *
     * @throws RequestException if the generation fails before anything was sent; later the failure is an event
     * @throws IOException if the client has left
     */
    void stream(boolean includeUsage) throws IOException {
        Generation generation = choices.generation(0);
        GenerationEvent first = next(generation).orElse(null);
        if (first instanceof GenerationEvent.Failed failed) {
            throw failed.reason();
        }
        response.setContentType(MediaType.TEXT_EVENT_STREAM_VALUE);
        response.setCharacterEncoding(StandardCharsets.UTF_8);
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("X-Accel-Buffering", "no");
        try {
            stream(0, generation, first, includeUsage);
            for (int i = 1; i < choices.count(); i++) {
                Generation following = choices.generation(i);
                stream(i, following, next(following).orElse(null), includeUsage);
            }
        } catch (RequestException e) {
            write("data: " + OpenAiErrors.body(e) + "\n\n");
            return;
        }
        if (includeUsage) {
            ObjectNode usage = choices.get(0).format().empty();
            AnswerFormat.usage(usage, promptTokens, reusedTokens, answerTokens);
            write("data: " + usage + "\n\n");
        }
        write("data: [DONE]\n\n");
    }

    private void stream(int index, Generation generation, @Nullable GenerationEvent first, boolean includeUsage)
            throws IOException {
        Optional<ObjectNode> opening = choices.get(index).format().opening();
        if (opening.isPresent()) {
            send(opening.get(), includeUsage);
        }
        GenerationEvent event = first;
        while (!send(index, event, includeUsage)) {
            event = next(generation).orElse(null);
        }
    }

    /** @return whether that was the choice's last event */
    private boolean send(int index, @Nullable GenerationEvent event, boolean includeUsage) throws IOException {
        AnswerFormat format = choices.get(index).format();
        switch (event) {
            case GenerationEvent.PromptScored scored -> {
                Optional<GenerationEvent.Text> begin = format.begin(scored);
                if (begin.isPresent()) {
                    send(format.chunk(begin.get()), includeUsage);
                }
            }
            case GenerationEvent.Text text -> send(format.chunk(text), includeUsage);
            case GenerationEvent.Finished finished -> {
                count(index, finished);
                send(format.closing(finished.reason()), includeUsage);
                return true;
            }
            case GenerationEvent.Failed failed -> throw failed.reason();
            case null -> write(": still here\n\n");
        }
        return false;
    }

    private void count(int index, GenerationEvent.Finished finished) {
        if (choices.get(index).countsPrompt()) {
            promptTokens += finished.promptTokens();
            reusedTokens += finished.reusedTokens();
        }
        answerTokens += finished.answerTokens();
    }

    private void send(ObjectNode chunk, boolean includeUsage) throws IOException {
        JsonNode sent = includeUsage ? chunk.putNull("usage") : chunk;
        write("data: " + sent + "\n\n");
    }

    private void write(String text) throws IOException {
        response.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        response.flushBuffer();
    }

    /** The next event, or empty if there is none for long. @throws IOException if the client has left */
    private Optional<GenerationEvent> next(Generation generation) throws IOException {
        long until = System.nanoTime() + KEEP_ALIVE.toNanos();
        try {
            while (true) {
                if (client.isClosed()) {
                    throw new IOException("the client has closed the connection");
                }
                Optional<GenerationEvent> event = generation.next(LOOK_AGAIN);
                if (event.isPresent() || System.nanoTime() > until) {
                    return event;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RequestException(RequestCode.SHUTTING_DOWN, "the node is stopping");
        }
    }
}
