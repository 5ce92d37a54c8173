package io.bitstack.inference.node;

import io.bitstack.core.stack.WholeFile;
import io.bitstack.inference.settings.NodeSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Keeps the last desired state beside the cache, so that a node that starts without the gateway is what it was. */
@Component
class KeptState {
    private static final Logger LOG = LoggerFactory.getLogger(KeptState.class);

    private final Path file;
    private final JsonMapper json;

    KeptState(NodeSettings settings, JsonMapper json) {
        this.file = settings.cacheDirectory().toAbsolutePath().resolve("desired.json");
        this.json = json;
    }

    /** The state that was kept last; nothing is desired where there is none. */
    DesiredState read() {
        if (!Files.exists(file)) {
            return DesiredState.NOTHING;
        }
        try {
            return json.readValue(Files.readAllBytes(file), DesiredState.class);
        } catch (IOException | JacksonException e) {
            LOG.warn("{} cannot be read; the node waits for the gateway's word", file, e);
            return DesiredState.NOTHING;
        }
    }

    /** A failure is logged: the node can do without until it restarts. */
    void write(DesiredState state) {
        try {
            WholeFile.replace(file, ByteBuffer.wrap(json.writeValueAsBytes(state)));
        } catch (IOException e) {
            LOG.warn("the desired state could not be kept in {}", file, e);
        }
    }
}
