package io.bitstack.standalone.cli;

import io.bitstack.standalone.client.Chat;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Talks with a model. */
@Command(
        name = "chat",
        description = "Chat with a served model: one prompt, or one a line from standard input.",
        mixinStandardHelpOptions = true)
final class ChatCommand implements Callable<Integer> {
    @Mixin
    ConnectionOptions connection = new ConnectionOptions();

    @Parameters(index = "0", paramLabel = "MODEL")
    String model = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "PROMPT")
    @Nullable
    String prompt;

    @Option(names = "--node", description = "which node is to answer; default: the one with the best quality")
    @Nullable
    String node;

    @Option(names = "--max-tokens", description = "length of an answer at most (default: ${DEFAULT-VALUE})")
    int maxTokens = 256;

    @Option(names = "--temperature", description = "default: ${DEFAULT-VALUE}")
    double temperature = 0.7;

    @Spec
    @Nullable
    CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Chat chat = new Chat(connection.client());
        List<Chat.Message> messages = new ArrayList<>();
        if (prompt != null) {
            say(chat, messages, prompt);
            return 0;
        }
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (!line.isBlank()) {
                say(chat, messages, line);
            }
        }
        return 0;
    }

    private void say(Chat chat, List<Chat.Message> messages, String text) throws IOException {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        messages.add(new Chat.Message("user", text));
        Chat.Reply reply =
                chat.ask(new Chat.Question(model, messages, node, maxTokens, temperature, List.of()), piece -> {
                    out.print(piece);
                    out.flush();
                });
        out.println();
        out.flush();
        if (reply.finishReason() == null) {
            throw new IOException("the answer broke off before its end; ask again");
        }
        messages.add(new Chat.Message("assistant", reply.text()));
    }
}
