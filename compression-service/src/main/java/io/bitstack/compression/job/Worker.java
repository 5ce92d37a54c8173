package io.bitstack.compression.job;

import java.util.UUID;
import org.springframework.stereotype.Component;

/** The name of this process among the workers. */
@Component
class Worker {
    private final String name =
            ProcessHandle.current().pid() + "-" + UUID.randomUUID().toString().substring(0, 8);

    String name() {
        return name;
    }
}
