package io.bitstack.registry.mlflow;

import io.bitstack.core.stack.Digest;
import io.bitstack.registry.stack.Stack;
import io.bitstack.registry.stack.Stacks;
import io.bitstack.registry.version.Version;
import io.bitstack.registry.version.Versions;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.stereotype.Component;

/**
 * What the {@code source} of a version means. {@code bitstack:sha256:…}, {@code models:/name/version} and
 * {@code mlflow-artifacts:/models/name/version} name a stack that is here already; anything else is where somebody keeps something,
 * and the version is a draft.
 */
@Component
class MlflowSources {
    /** What a version shows as its source: what it was registered with, else where its artifacts are. */
    static final String SQL = "coalesce(v.source, 'mlflow-artifacts:/models/' || m.name || '/' || v.number)";

    private static final String STACK = "bitstack:";
    private static final Pattern VERSION =
            Pattern.compile("(?:models:/|mlflow-artifacts:/+models/)([a-z0-9._-]{1,63})/([0-9]{1,9})");

    private final Stacks stacks;
    private final Versions versions;

    MlflowSources(Stacks stacks, Versions versions) {
        this.stacks = stacks;
        this.versions = versions;
    }

    /** Where the artifacts of a version that has a stack are listed. */
    static String artifacts(String name, int number) {
        return "mlflow-artifacts:/models/%s/%d".formatted(name, number);
    }

    Optional<Stack> stack(String source) {
        if (source.startsWith(STACK)) {
            return Optional.of(stacks.require(digest(source.substring(STACK.length()))));
        }
        Matcher named = VERSION.matcher(source);
        if (named.matches()) {
            Version version = versions.resolve(named.group(1), null, Integer.valueOf(named.group(2)));
            return Optional.ofNullable(version.stackIfAny());
        }
        return Optional.empty();
    }

    private static Digest digest(String text) {
        try {
            return Digest.parse(text);
        } catch (IllegalArgumentException e) {
            throw MlflowException.invalid("Invalid model version source: " + e.getMessage());
        }
    }
}
