package io.bitstack.inference.node;

import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackFileException;
import io.bitstack.inference.pull.StackFileImport;
import io.bitstack.inference.settings.NodeSettings;
import io.bitstack.inference.trust.ManifestTrust;
import java.io.IOException;
import java.nio.file.Path;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** Serves the stack file that the settings name, on a site that is cut off from every gateway. */
@Component
class StackFileStart {
    private final NodeSettings settings;
    private final StackFileImport files;
    private final ManifestTrust trust;
    private final Convergence convergence;

    StackFileStart(NodeSettings settings, StackFileImport files, ManifestTrust trust, Convergence convergence) {
        this.settings = settings;
        this.files = files;
        this.trust = trust;
        this.convergence = convergence;
    }

    /** @throws IllegalStateException if the file cannot be used: the node does not start with something else instead */
    @EventListener(ApplicationReadyEvent.class)
    void start() {
        Path file = settings.stackFile();
        if (file == null || file.toString().isBlank()) {
            return;
        }
        try {
            Digest stack = files.importFile(file, trust::requireFile);
            convergence.desire(new DesiredState(
                    null,
                    null,
                    new DesiredState.Deployment(
                            settings.stackName(), 1, null, stack, settings.stackContextTokens(), null, null, null),
                    null));
        } catch (IOException | StackFileException e) {
            throw new IllegalStateException(
                    "bitstack.node.stack-file %s cannot be imported: %s".formatted(file, e.getMessage()), e);
        }
    }
}
