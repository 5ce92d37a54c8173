package io.bitstack.inference.openai;

import io.bitstack.core.kernel.Kernels;
import io.bitstack.inference.chat.ChatPrompts;
import io.bitstack.inference.engine.Engine;
import io.bitstack.inference.engine.GenerationRequest;
import io.bitstack.inference.engine.RequestCode;
import io.bitstack.inference.engine.RequestException;
import io.bitstack.inference.resident.ModelSession;
import io.bitstack.inference.resident.ServedModel;
import io.bitstack.inference.resident.Serving;
import io.bitstack.inference.resident.WeightsLease;
import io.bitstack.service.ClientConnection;
import io.bitstack.service.WatchedConnections;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The routes below {@code /v1}. Each reads its body and writes its answer itself, so that every failure has OpenAI's shape. */
@RestController
@Import(WatchedConnections.class)
class OpenAiController {
    private static final Logger LOG = LoggerFactory.getLogger(OpenAiController.class);

    /** Tokens of a chat answer at most, if the client does not say. */
    private static final int USUAL_TOKENS = 512;

    private static final Set<String> POST_ROUTES = Set.of("/v1/chat/completions", "/v1/completions");

    private final Serving serving;
    private final Engine engine;
    private final ChatPrompts prompts;
    private final RunningAnswers running;

    OpenAiController(Serving serving, Engine engine, ChatPrompts prompts, RunningAnswers running) {
        this.serving = serving;
        this.engine = engine;
        this.prompts = prompts;
        this.running = running;
    }

    /** What a route does; all that it may throw is answered by {@link #answer}. */
    private interface Route {
        void run() throws IOException;
    }

    @PostMapping("/v1/chat/completions")
    void chat(HttpServletRequest request, HttpServletResponse response) throws IOException {
        answer(response, () -> {
            ChatRequest chat = ChatRequest.read(RequestBody.read(request.getInputStream()));
            try (SharedSession session = new SharedSession(open(chat.options().model()))) {
                respond(session, choices(chat, session.model()), chat.options(), response);
            }
        });
    }

    @PostMapping("/v1/completions")
    void complete(HttpServletRequest request, HttpServletResponse response) throws IOException {
        answer(response, () -> {
            CompletionRequest completion = CompletionRequest.read(RequestBody.read(request.getInputStream()));
            try (SharedSession session =
                    new SharedSession(open(completion.options().model()))) {
                respond(session, choices(completion, session.model()), completion.options(), response);
            }
        });
    }

    private List<Choices.Choice> choices(ChatRequest chat, ServedModel model) {
        int[] prompt = prompts.encode(model, chat.messages(), chat.variables());
        int maxTokens = Options.maxTokens(chat.maxTokens(), prompt.length, Engine.contextTokens(model), USUAL_TOKENS);
        Envelope envelope = Envelope.of("chatcmpl-", model);
        List<Choices.Choice> choices = new ArrayList<>();
        for (int i = 0; i < chat.options().choices(); i++) {
            GenerationRequest asked = new GenerationRequest(
                    prompt,
                    maxTokens,
                    chat.options().stop(),
                    chat.options().sampling().forAnswer(i),
                    chat.scores(),
                    chat.alternatives(),
                    false);
            choices.add(new Choices.Choice(asked, new ChatFormat(envelope, i, chat.scores()), i == 0));
        }
        return choices;
    }

    private static List<Choices.Choice> choices(CompletionRequest completion, ServedModel model) {
        Envelope envelope = Envelope.of("cmpl-", model);
        List<Choices.Choice> choices = new ArrayList<>();
        for (CompletionPrompt prompt : completion.prompts()) {
            int[] tokens = prompt.encode(model.tokenizer());
            if (tokens.length == 0) {
                throw new RequestException(RequestCode.INVALID_VALUE, "prompt", "the prompt has no tokens");
            }
            for (int i = 0; i < completion.options().choices(); i++) {
                AnswerFormat format = new CompletionFormat(envelope, choices.size(), completion, prompt, tokens[0]);
                choices.add(new Choices.Choice(completion.generation(tokens, i), format, i == 0));
            }
        }
        return choices;
    }

    @GetMapping("/v1/models")
    void models(HttpServletResponse response) throws IOException {
        answer(response, () -> {
            ObjectNode list = JsonMapper.shared().createObjectNode().put("object", "list");
            ArrayNode data = list.putArray("data");
            Optional<ModelSession> open = serving.open();
            if (open.isPresent()) {
                try (ModelSession session = open.get()) {
                    data.add(describe(session, engine));
                }
            }
            write(response, list);
        });
    }

    @GetMapping("/v1/models/{*name}")
    void model(@PathVariable("name") String name, HttpServletResponse response) throws IOException {
        answer(response, () -> {
            try (ModelSession session = open(name.substring(1))) {
                write(response, describe(session, engine));
            }
        });
    }

    /** Whatever is not a route. */
    @RequestMapping("/v1/**")
    void other(HttpServletRequest request, HttpServletResponse response) throws IOException {
        answer(response, () -> {
            String path = request.getServletPath();
            boolean post = POST_ROUTES.contains(path);
            if (post || path.equals("/v1/models") || path.startsWith("/v1/models/")) {
                String allowed = post ? "POST" : "GET";
                response.setHeader(HttpHeaders.ALLOW, allowed);
                throw new RequestException(
                        RequestCode.METHOD_NOT_ALLOWED,
                        "%s takes %s, not %s".formatted(post ? path : "/v1/models", allowed, request.getMethod()));
            }
            throw new RequestException(
                    RequestCode.ROUTE_NOT_FOUND,
                    "there is no such route; there are /v1/chat/completions, /v1/completions and /v1/models");
        });
    }

    private static ObjectNode describe(ModelSession session, Engine engine) {
        ServedModel model = session.model();
        int blocks;
        try (WeightsLease lease = session.lease()) {
            blocks = lease.blocks();
        }
        return JsonMapper.shared()
                .createObjectNode()
                .put("id", model.name())
                .put("object", "model")
                .put("created", 0)
                .put("owned_by", "bitstack")
                .put("version", model.version())
                .put("stack_digest", model.stack().toString())
                .put("blocks", blocks)
                .put("context_tokens", Engine.contextTokens(model))
                .put("chat", model.chatTemplate().isPresent())
                .put("kernel", Kernels.active().description())
                .put("kv_precision", engine.kvPrecision().wire());
    }

    private ModelSession open(String asked) {
        ModelSession session = serving.open()
                .orElseThrow(() -> new RequestException(
                        RequestCode.MODEL_NOT_LOADED, "the node has not loaded a model yet; ask again later"));
        ServedModel model = session.model();
        if (!Options.names(asked, model.name(), model.version())) {
            session.close();
            throw new RequestException(
                    RequestCode.MODEL_NOT_FOUND,
                    "model",
                    "the node serves '%s' (version %d), not '%s'".formatted(model.name(), model.version(), asked));
        }
        return session;
    }

    private void respond(
            SharedSession session, List<Choices.Choice> choices, Options options, HttpServletResponse response)
            throws IOException {
        try (Choices begun = new Choices(engine, session, choices)) {
            Responder responder = new Responder(begun, ClientConnection.current(), response);
            if (options.stream()) {
                responder.stream(options.includeUsage());
            } else {
                responder.whole();
            }
        }
    }

    private static void write(HttpServletResponse response, ObjectNode body) throws IOException {
        byte[] bytes = JsonMapper.shared().writeValueAsBytes(body);
        response.setContentType(MediaType.APPLICATION_JSON_VALUE);
        response.setContentLength(bytes.length);
        response.getOutputStream().write(bytes);
    }

    private void answer(HttpServletResponse response, Route route) throws IOException {
        running.begun();
        try {
            route.run();
        } catch (RequestException e) {
            if (!response.isCommitted()) {
                OpenAiErrors.write(response, e);
            }
        } catch (IOException e) {
            // The client has left, or never sent its whole body; there is nobody to tell.
            LOG.debug("a request ended early", e);
        } catch (RuntimeException e) {
            String id = UUID.randomUUID().toString();
            LOG.error("request failed, error {}", id, e);
            if (!response.isCommitted()) {
                OpenAiErrors.write(
                        response,
                        new RequestException(
                                RequestCode.GENERATION_FAILED,
                                "the request failed; the node's log says why under error " + id));
            }
        } finally {
            running.ended();
        }
    }
}
