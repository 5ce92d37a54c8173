package io.bitstack.compression.encode;

import java.io.IOException;

/** Does one task at a time. */
final class InTurn implements Crew.Execution {
    private final Crew.Execution execution;

    InTurn(Crew.Execution execution) {
        this.execution = execution;
    }

    @Override
    public synchronized String run(TaskBoard.Task task) throws IOException {
        return execution.run(task);
    }
}
