package io.bitstack.inference.trust;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The keys that a node trusts when none were set: those that the gateway listed when the node first asked, kept on disk; later ones
 * only if a trusted one vouches for them, and none that was revoked.
 */
final class TrustedKeys {
    private static final Logger LOG = LoggerFactory.getLogger(TrustedKeys.class);
    private static final String FILE = "signing-keys.json";

    private final KeptFiles files;
    private final JsonMapper json;

    TrustedKeys(KeptFiles files, JsonMapper json) {
        this.files = files;
        this.json = json;
    }

    /** What the file holds: public keys by id. */
    private record Kept(Map<String, String> keys) {}

    /** The public keys. */
    Collection<String> keys() throws IOException {
        return kept().values();
    }

    /** Where they are kept; without this file the next list is trusted as the first one was. */
    String place() {
        return files.path(FILE).toString();
    }

    private Map<String, String> kept() throws IOException {
        byte[] content = files.read(FILE).orElse(null);
        if (content == null) {
            return Map.of();
        }
        try {
            return json.readValue(content, Kept.class).keys();
        } catch (JacksonException e) {
            throw new IOException(
                    "%s, which says whom this node trusts, cannot be read; restore it, or remove it to trust the gateway's keys anew: %s"
                            .formatted(place(), e.getOriginalMessage()),
                    e);
        }
    }

    /** Takes a list of the registry's into account. */
    void learn(List<ListedKey> listed) throws IOException {
        boolean isFirst = files.read(FILE).isEmpty();
        Map<String, String> before = kept();
        Map<String, String> keys = new TreeMap<>(before);
        for (ListedKey key : listed) {
            if (key.isRevoked()) {
                keys.values().removeIf(trusted -> trusted.equals(key.publicKey()));
            } else if (isFirst) {
                keys.put(key.id(), key.publicKey());
            }
        }
        while (addOneThatIsEndorsed(keys, listed)) {
            // A key may be vouched for by one that was just added.
        }
        if (isFirst ? !keys.isEmpty() : !keys.equals(before)) {
            files.write(FILE, json.writeValueAsBytes(new Kept(keys)));
            LOG.info("{}: signing keys {} are trusted{}", place(), keys.keySet(), isFirst ? ", on first use" : "");
        }
    }

    private static boolean addOneThatIsEndorsed(Map<String, String> keys, List<ListedKey> listed) {
        for (ListedKey key : listed) {
            if (!key.isRevoked()
                    && !keys.containsValue(key.publicKey())
                    && keys.values().stream().anyMatch(key::isEndorsedBy)) {
                keys.put(key.id(), key.publicKey());
                return true;
            }
        }
        return false;
    }
}
