package io.bitstack.inference.chat;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import io.bitstack.inference.engine.RequestCode;
import io.bitstack.inference.engine.RequestException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Renders chat templates: Jinja as Hugging Face's models use it. A template comes with a model and is not trusted: what it can
 * reach, write and how long it may take is bounded. Safe for many threads.
 */
public final class ChatTemplates implements AutoCloseable {
    private static final int THREADS = 4;
    private static final int WAITING = 256;
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);
    private static final long LARGEST_OUTPUT = 8L << 20;
    private static final int LARGEST_COLLECTION = 4096;

    private final Jinjava jinjava;
    private final Duration patience;
    private final ThreadPoolExecutor threads;

    public ChatTemplates() {
        this(Duration.ofSeconds(5));
    }

    /** @param patience how long a template may compute */
    ChatTemplates(Duration patience) {
        this.patience = patience;
        this.jinjava = new Jinjava(config());
        jinjava.registerFunction(
                new ELFunctionDefinition("", "raise_exception", TemplateFunctions.class, "raise", String.class));
        jinjava.registerFunction(
                new ELFunctionDefinition("", "strftime_now", TemplateFunctions.class, "now", String.class));
        jinjava.registerFilter(new PythonJson());
        jinjava.registerTag(new StoppableFor());
        this.threads = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                30,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(WAITING),
                Thread.ofPlatform().daemon().name("chat-template-", 0).factory());
        threads.allowCoreThreadTimeOut(true);
    }

    private static JinjavaConfig config() {
        return JinjavaConfig.newBuilder()
                .withTrimBlocks(true)
                .withLstripBlocks(true)
                // The library would cut a newline off what is rendered; Jinja cuts one off the template's source, as
                // TemplateSource does.
                .withKeepTrailingNewline(true)
                // What a user writes is text, even if it looks like a template.
                .withNestedInterpretationEnabled(false)
                .withReadOnlyResolver(true)
                .withElResolver(new PythonResolver())
                .withMaxOutputSize(LARGEST_OUTPUT)
                .withMaxStringLength(LARGEST_OUTPUT)
                .withMaxListSize(LARGEST_COLLECTION)
                .withMaxMapSize(LARGEST_COLLECTION)
                .withRangeLimit(LARGEST_COLLECTION)
                .withMaxRenderDepth(32)
                .withMaxMacroRecursionDepth(16)
                .withEnableRecursiveMacroCalls(true)
                .withLegacyOverrides(LegacyOverrides.newBuilder()
                        .withEvaluateMapKeys(true)
                        .withIterateOverMapKeys(true)
                        .withUseNaturalOperatorPrecedence(true)
                        .withParseWhitespaceControlStrictly(true)
                        .withAllowAdjacentTextNodes(true)
                        .withUseTrimmingForNotesAndExpressions(true)
                        .withKeepNullableLoopValues(true)
                        .withHandleBackslashInQuotesOnly(true)
                        .build())
                .build();
    }

    /**
     * Renders a template.
     *
     * @param variables {@code messages}, {@code add_generation_prompt}, {@code bos_token} and so on
     * @throws RequestException CHAT_TEMPLATE_FAILED, with the template's own words if it refuses the conversation; QUEUE_FULL or
     *     DEADLINE_EXCEEDED if the node is too busy to render
     */
    public String render(String template, Map<String, ?> variables) {
        Rendering rendering = new Rendering(jinjava, template, variables);
        Future<RenderResult> result;
        try {
            result = threads.submit(rendering);
        } catch (RejectedExecutionException e) {
            throw new RequestException(
                    RequestCode.QUEUE_FULL,
                    "%d chat templates wait to be rendered already; ask again later".formatted(WAITING));
        }
        try {
            return output(await(rendering, result));
        } catch (ExecutionException e) {
            throw failed(message(e.getCause() instanceof Exception cause ? cause : e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RequestException(RequestCode.SHUTTING_DOWN, "the node is stopping");
        } finally {
            result.cancel(true);
        }
    }

    private RenderResult await(Rendering rendering, Future<RenderResult> result)
            throws ExecutionException, InterruptedException {
        long until = System.nanoTime() + LONGEST_WAIT.toNanos();
        while (true) {
            try {
                return result.get(LOOK_AGAIN.toNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                if (rendering.computedNanos() > patience.toNanos()) {
                    throw failed("the chat template took longer than %d ms".formatted(patience.toMillis()));
                }
                if (System.nanoTime() > until) {
                    throw new RequestException(
                            RequestCode.DEADLINE_EXCEEDED,
                            "the chat template was not rendered within %d s, since the node has much to do; ask again later"
                                    .formatted(LONGEST_WAIT.toSeconds()));
                }
            }
        }
    }

    /** How many templates are being rendered, those included that nobody waits for any more. */
    int underWay() {
        return threads.getActiveCount();
    }

    private static String output(RenderResult result) {
        List<TemplateError> errors = result.getErrors().stream()
                .filter(error -> error.getSeverity() == TemplateError.ErrorType.FATAL)
                .toList();
        for (TemplateError error : errors) {
            for (Throwable cause = error.getException(); cause != null; cause = cause.getCause()) {
                if (cause instanceof TemplateFunctions.Raised) {
                    throw failed(message(cause));
                }
            }
        }
        if (!errors.isEmpty()) {
            TemplateError first = errors.getFirst();
            throw failed("the chat template cannot be rendered, line %d: %s"
                    .formatted(first.getLineno(), first.getMessage()));
        }
        return result.getOutput();
    }

    private static String message(@Nullable Throwable e) {
        String message = e == null ? null : e.getMessage();
        return message == null ? "the chat template failed" : message;
    }

    private static RequestException failed(String detail) {
        return new RequestException(RequestCode.CHAT_TEMPLATE_FAILED, "messages", detail);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
