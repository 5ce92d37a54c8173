package io.bitstack.standalone.cli;

import io.bitstack.core.codec.CodecException;
import io.bitstack.core.gguf.GgufException;
import io.bitstack.core.model.ModelException;
import io.bitstack.core.safetensors.SafetensorsException;
import io.bitstack.core.stack.BudgetTooSmallException;
import io.bitstack.core.stack.StackFileException;
import io.bitstack.core.tokenizer.TokenizerException;
import io.bitstack.standalone.client.ApiFailure;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The root of the command line; each subcommand is a class of its own. */
@Command(
        name = "bitstack",
        description = "Compress a language model once, serve it at any size.",
        mixinStandardHelpOptions = true,
        version = "bitstack 0.1",
        subcommands = {
            DemoCommand.class,
            ServeCommand.class,
            ModelCommand.class,
            UploadCommand.class,
            CompressCommand.class,
            JobCommand.class,
            PlanCommand.class,
            DeployCommand.class,
            NodeCommand.class,
            RolloutCommand.class,
            ChatCommand.class,
            EvalCommand.class,
            ExportCommand.class,
            ImportCommand.class,
            VerifyCommand.class
        },
        synopsisSubcommandLabel = "COMMAND")
public final class BitstackCommand implements Runnable {
    private static final int FAILED = 1;

    @CommandLine.Spec
    CommandLine.Model.@Nullable CommandSpec spec;

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    /** The command line with its errors told in one line: a code, then what is wrong. */
    public static CommandLine commandLine() {
        return new CommandLine(new BitstackCommand()).setExecutionExceptionHandler((exception, command, parsed) -> {
            command.getErr().println("bitstack: " + line(exception));
            return FAILED;
        });
    }

    @Override
    public void run() {
        if (spec != null) {
            spec.commandLine().usage(spec.commandLine().getOut());
        }
    }

    private static String line(Exception exception) {
        return switch (exception) {
            case ModelException e -> e.code() + ": " + e.getMessage();
            case GgufException e -> e.code() + ": " + e.getMessage();
            case SafetensorsException e -> e.code() + ": " + e.getMessage();
            case TokenizerException e -> "TOKENIZER_UNSUPPORTED: " + e.getMessage();
            case BudgetTooSmallException e -> "BUDGET_TOO_SMALL: " + e.getMessage();
            case StackFileException e -> "STACK_FILE_INVALID: " + e.getMessage();
            case CodecException e -> "CODEC: " + e.getMessage();
            case IllegalArgumentException e -> "PARAMETER_INVALID: " + e.getMessage();
            case ApiFailure e -> e.code() + ": " + e.getMessage();
            case IOException e -> "IO: " + e.getMessage();
            default -> "INTERNAL: " + exception;
        };
    }
}
