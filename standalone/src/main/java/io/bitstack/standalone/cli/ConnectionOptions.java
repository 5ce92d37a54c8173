package io.bitstack.standalone.cli;

import io.bitstack.standalone.client.ApiClient;
import io.bitstack.standalone.platform.PlatformOptions;
import io.bitstack.standalone.platform.Secrets;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which platform a command talks to, and with which key. */
final class ConnectionOptions {
    private static final String URL_VARIABLE = "BITSTACK_URL";
    private static final String KEY_VARIABLE = "BITSTACK_KEY";

    @Option(names = "--url", description = "the gateway; default: $BITSTACK_URL, or the platform of this machine")
    @Nullable
    URI url;

    @Option(
            names = "--key",
            description = "API key; default: $BITSTACK_KEY, or the admin key of this machine's platform")
    @Nullable
    String key;

    ApiClient client() throws IOException {
        return new ApiClient(gateway(), apiKey());
    }

    private URI gateway() {
        if (url != null) {
            return url;
        }
        String set = System.getenv(URL_VARIABLE);
        return URI.create(set == null ? "http://127.0.0.1:" + PlatformOptions.DEFAULT_PORT : set);
    }

    private String apiKey() throws IOException {
        if (key != null) {
            return key;
        }
        String set = System.getenv(KEY_VARIABLE);
        if (set != null) {
            return set;
        }
        Path data = PlatformOptions.defaultDataDirectory();
        if (Secrets.exist(data)) {
            return Secrets.read(data).adminKey();
        }
        throw new IllegalArgumentException(
                "no API key: set --key or $%s, or start a platform here with 'bitstack serve'".formatted(KEY_VARIABLE));
    }
}
