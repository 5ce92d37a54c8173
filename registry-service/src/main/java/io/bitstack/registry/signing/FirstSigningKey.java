package io.bitstack.registry.signing;

import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.stereotype.Component;

/** Sees to it that there is a key from the first start on, so that nodes can be told of it before there is a stack. */
@Component
class FirstSigningKey implements ApplicationRunner {
    private final Signing signing;

    FirstSigningKey(Signing signing) {
        this.signing = signing;
    }

    @Override
    public void run(ApplicationArguments arguments) {
        signing.ensureKey();
    }
}
