package io.bitstack.registry.key;

import io.bitstack.registry.settings.RegistrySettings;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.stereotype.Component;

/** Sees to it that there is an administrator: the first key is printed once, or was chosen by the operator. */
@Component
class FirstKeys implements ApplicationRunner {
    private final Keys keys;
    private final RegistrySettings.Bootstrap preset;

    FirstKeys(Keys keys, RegistrySettings settings) {
        this.keys = keys;
        this.preset = settings.registry();
    }

    @Override
    public void run(ApplicationArguments arguments) {
        if (!preset.bootstrapNodeKey().isBlank()) {
            keys.preset("*", Scope.NODE, preset.bootstrapNodeKey());
        }
        if (!preset.bootstrapAdminKey().isBlank()) {
            keys.preset("bootstrap", Scope.ADMIN, preset.bootstrapAdminKey());
        } else if (!keys.hasAdmin()) {
            // To the operator's terminal and not to the log, which others keep and read.
            System.out.println("First admin key: "
                    + keys.create("first", Scope.ADMIN, "bootstrap;admin").key());
        }
    }
}
