package io.bitstack.standalone.split;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** The secrets that a run used, by what they are; and where they were seen. */
final class UsedSecrets {
    private static final int SHORTEST = 16;
    /** So much of one that was found in passing is said; enough to see what it is. */
    private static final int SHOWN = 12;
    /** A signed token or the permission in an address, which are made anew for each request and so cannot be listed. */
    private static final Pattern MADE_ANEW =
            Pattern.compile("eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{10,}|X-Amz-Signature=");

    private final Map<String, String> byName = new TreeMap<>();
    private final Set<String> found = new TreeSet<>();

    /** @return the secret */
    String add(String name, String secret) {
        assertThat(secret).as(name).hasSizeGreaterThanOrEqualTo(SHORTEST);
        byName.put("%03d %s".formatted(byName.size(), name), secret);
        return secret;
    }

    int count() {
        return byName.size();
    }

    /** Notes which of them are in a text, as they are or as {@code Basic} credentials are sent. */
    void look(String where, String text) {
        byName.forEach((name, secret) -> {
            if (text.contains(secret) || text.contains(base64(secret))) {
                found.add("%s is in %s".formatted(name, where));
            }
        });
        MADE_ANEW
                .matcher(text)
                .results()
                .forEach(made ->
                        found.add("%s... is in %s".formatted(made.group().substring(0, SHOWN), where)));
    }

    /** What was seen of them. */
    Set<String> found() {
        return found;
    }

    private static String base64(String secret) {
        return Base64.getEncoder()
                .withoutPadding()
                .encodeToString(secret.getBytes(StandardCharsets.UTF_8))
                // How its last characters are written depends on what follows.
                .substring(0, secret.length() / 3 * 4);
    }
}
