package io.bitstack.gateway.node;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.gateway.registry.RegistryClient;
import io.bitstack.gateway.settings.GatewaySettings;
import io.bitstack.service.ApiException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Reads NAME, NAME@version and NAME@alias; what an alias stands for is asked of the registry now and then. */
@Component
class ModelNames {
    private static final Pattern VERSION = Pattern.compile("[1-9][0-9]{0,8}");
    private static final int MAX_ALIASES = 1000;
    private static final int MAX_CHARS = 512;
    private static final long FRESH_NANOS = 2_000_000_000L;

    private final RegistryClient registry;
    private final long keepNanos;
    private final Map<String, Known> aliases = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
            return size() > MAX_ALIASES;
        }
    };

    ModelNames(RegistryClient registry, GatewaySettings settings) {
        this.registry = registry;
        this.keepNanos = settings.keepNodes().toNanos();
    }

    /** The model that a text names; throws when its alias does not exist. */
    WantedModel read(String text) {
        if (text.length() > MAX_CHARS) {
            throw new ApiException(GatewayCode.MODEL_NOT_FOUND, "no model has a name of more than " + MAX_CHARS);
        }
        int at = text.lastIndexOf('@');
        if (at < 0) {
            return new WantedModel(text, OptionalInt.empty());
        }
        String name = text.substring(0, at);
        String suffix = text.substring(at + 1);
        if (name.isBlank() || suffix.isBlank()) {
            throw new ApiException(
                    GatewayCode.MODEL_NOT_FOUND, "'" + text + "' is not NAME, NAME@alias or NAME@version");
        }
        int version = VERSION.matcher(suffix).matches() ? Integer.parseInt(suffix) : alias(text, name, suffix);
        return new WantedModel(name, OptionalInt.of(version));
    }

    private int alias(String text, String name, String alias) {
        Known known = known(text);
        if (known != null && System.nanoTime() - known.atNanos() < FRESH_NANOS) {
            return known.version();
        }
        Optional<Integer> version;
        try {
            version = registry.version(name, alias);
        } catch (ApiException e) {
            // While the registry is away its last word holds as long as the last list of nodes does.
            if (known != null && System.nanoTime() - known.atNanos() < keepNanos) {
                return known.version();
            }
            throw e;
        }
        synchronized (aliases) {
            version.ifPresentOrElse(
                    found -> aliases.put(text, new Known(found, System.nanoTime())), () -> aliases.remove(text));
        }
        return version.orElseThrow(() -> new ApiException(
                GatewayCode.MODEL_NOT_FOUND, "there is no model '" + name + "' with an alias '" + alias + "'"));
    }

    private @Nullable Known known(String text) {
        synchronized (aliases) {
            return aliases.get(text);
        }
    }

    private record Known(int version, long atNanos) {}
}
