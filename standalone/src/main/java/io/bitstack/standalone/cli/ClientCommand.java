package io.bitstack.standalone.cli;

import io.bitstack.standalone.client.ApiClient;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** A command that asks the platform and prints what it says, as text or as JSON. */
abstract class ClientCommand implements Callable<Integer> {
    @Mixin
    ConnectionOptions connection = new ConnectionOptions();

    @Option(names = "--json", description = "print the platform's answer as it is")
    boolean json;

    @Spec
    @Nullable
    CommandSpec spec;

    @Override
    public final Integer call() throws IOException, InterruptedException {
        JsonNode answer = ask(connection.client());
        if (json) {
            out().println(answer);
        } else {
            print(answer);
        }
        out().flush();
        return 0;
    }

    abstract JsonNode ask(ApiClient api) throws IOException, InterruptedException;

    abstract void print(JsonNode answer);

    final PrintWriter out() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }

    final PrintWriter err() {
        return Objects.requireNonNull(spec).commandLine().getErr();
    }
}
