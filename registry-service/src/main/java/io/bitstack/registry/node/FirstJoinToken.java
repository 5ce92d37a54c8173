package io.bitstack.registry.node;

import io.bitstack.registry.settings.RegistrySettings;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.stereotype.Component;

/** Sees to it that nodes can join with the token that the operator chose, and with no token that he chose before. */
@Component
class FirstJoinToken implements ApplicationRunner {
    private final JoinTokens tokens;
    private final String preset;

    FirstJoinToken(JoinTokens tokens, RegistrySettings settings) {
        this.tokens = tokens;
        this.preset = settings.registry().bootstrapJoinToken();
    }

    @Override
    public void run(ApplicationArguments arguments) {
        tokens.preset(preset);
    }
}
