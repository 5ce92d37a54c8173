package io.bitstack.inference.node;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** The node's own view of itself. */
@RestController
class NodeController {
    private final NodeAgent agent;

    NodeController(NodeAgent agent) {
        this.agent = agent;
    }

    @GetMapping("/node/status")
    NodeReport status() {
        return agent.report().withoutSecret();
    }
}
