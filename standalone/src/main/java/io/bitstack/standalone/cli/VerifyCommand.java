package io.bitstack.standalone.cli;

import io.bitstack.core.stack.StackFile;
import io.bitstack.core.stack.StackFileException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Verifies a file on its own: its signature with a public key, and every blob against its digest. Asks nobody. */
@Command(
        name = "verify",
        description = "Verify a .bitstack file with a public key alone; no platform is asked.",
        mixinStandardHelpOptions = true)
final class VerifyCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE")
    Path file = Path.of("");

    @Option(
            names = "--public-key",
            required = true,
            description = "a file with the key (PEM or base64), or the base64 itself; may be repeated")
    List<String> keys = List.of();

    @Spec
    @Nullable
    CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        StackFileCheck.Result checked = StackFileCheck.check(file);
        StackFile stack = checked.file();
        String signer = FileSigners.require(stack, keys);
        if (!checked.bad().isEmpty()) {
            throw new StackFileException("%d blobs are corrupt, the first is %s; get the file again"
                    .formatted(checked.bad().size(), checked.bad().getFirst()));
        }
        int all = stack.manifest().blocks().size();
        if (checked.blocks() < stack.manifest().minimalBlocks()) {
            throw new StackFileException("the file ends within the minimal prefix; get more of it");
        }
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        out.println("stack %s, signed by key %s, %d of %d blocks, all whole"
                .formatted(stack.digest(), signer, checked.blocks(), all));
        out.flush();
        return 0;
    }
}
