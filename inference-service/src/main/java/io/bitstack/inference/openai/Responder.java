package io.bitstack.inference.openai;

import io.bitstack.inference.engine.Generation;
import io.bitstack.inference.engine.GenerationEvent;
import io.bitstack.inference.engine.RequestCode;
import io.bitstack.inference.engine.RequestException;
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

/** Writes a generation to its client, as it comes or as a whole. */
final class Responder {
    /** After so long without news a comment is sent, which also shows whether the client is still there. */
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(5);

    private final Generation generation;
    private final AnswerFormat format;
    private final HttpServletResponse response;

    Responder(Generation generation, AnswerFormat format, HttpServletResponse response) {
        this.generation = generation;
        this.format = format;
        this.response = response;
    }

    /** @throws RequestException if the generation fails */
    void whole() throws IOException {
        List<GenerationEvent.Text> texts = new ArrayList<>();
        while (true) {
            switch (next().orElse(null)) {
                case GenerationEvent.PromptScored scored -> format.begin(scored).ifPresent(texts::add);
                case GenerationEvent.Text text -> texts.add(text);
                case GenerationEvent.Finished finished -> {
                    byte[] body = JsonMapper.shared().writeValueAsBytes(format.whole(texts, finished));
                    response.setContentType(MediaType.APPLICATION_JSON_VALUE);
                    response.setContentLength(body.length);
                    response.getOutputStream().write(body);
                    return;
                }
                case GenerationEvent.Failed failed -> throw failed.reason();
                case null -> {
                    // Nothing yet; the engine ends every request at its deadline.
                }
            }
        }
    }

    /**
     * Sends server-sent events.
     *
     * @throws RequestException if the generation fails before anything was sent; later the failure is an event
     * @throws IOException if the client has left
     */
    void stream(boolean includeUsage) throws IOException {
        GenerationEvent first = next().orElse(null);
        if (first instanceof GenerationEvent.Failed failed) {
            throw failed.reason();
        }
        response.setContentType(MediaType.TEXT_EVENT_STREAM_VALUE);
        response.setCharacterEncoding(StandardCharsets.UTF_8);
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("X-Accel-Buffering", "no");
        Optional<ObjectNode> opening = format.opening();
        if (opening.isPresent()) {
            send(opening.get(), includeUsage);
        }
        GenerationEvent event = first;
        while (!send(event, includeUsage)) {
            event = next().orElse(null);
        }
    }

    /** @return whether that was the last event */
    private boolean send(@Nullable GenerationEvent event, boolean includeUsage) throws IOException {
        switch (event) {
            case GenerationEvent.PromptScored scored -> {
                Optional<GenerationEvent.Text> begin = format.begin(scored);
                if (begin.isPresent()) {
                    send(format.chunk(begin.get()), includeUsage);
                }
            }
            case GenerationEvent.Text text -> send(format.chunk(text), includeUsage);
            case GenerationEvent.Finished finished -> {
                send(format.closing(finished.reason()), includeUsage);
                if (includeUsage) {
                    ObjectNode usage = format.empty();
                    AnswerFormat.usage(usage, finished);
                    write("data: " + usage + "\n\n");
                }
                write("data: [DONE]\n\n");
                return true;
            }
            case GenerationEvent.Failed failed -> {
                write("data: " + OpenAiErrors.body(failed.reason()) + "\n\n");
                return true;
            }
            case null -> write(": still here\n\n");
        }
        return false;
    }

    private void send(ObjectNode chunk, boolean includeUsage) throws IOException {
        JsonNode sent = includeUsage ? chunk.putNull("usage") : chunk;
        write("data: " + sent + "\n\n");
    }

    private void write(String text) throws IOException {
        response.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        response.flushBuffer();
    }

    private Optional<GenerationEvent> next() {
        try {
            return generation.next(KEEP_ALIVE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RequestException(RequestCode.SHUTTING_DOWN, "the node is stopping");
        }
    }
}
