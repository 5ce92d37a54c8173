package io.bitstack.inference.identity;

import io.bitstack.inference.settings.NodeSettings;
import java.io.IOException;
import tools.jackson.databind.json.JsonMapper;

/** Makes identities for tests of other packages. */
public final class NodeIdentities {
    private NodeIdentities() {}

    public static NodeIdentity of(NodeSettings settings) throws IOException {
        return new NodeIdentity(settings, JsonMapper.shared());
    }
}
