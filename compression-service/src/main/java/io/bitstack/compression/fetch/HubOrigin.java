package io.bitstack.compression.fetch;

import java.io.IOException;
import java.util.Map;

/** The files of one pinned model on the hub. */
record HubOrigin(Hub hub, GuardedHttp http, HubModel model) implements Origin {
    @Override
    public String name() {
        return model.toString();
    }

    @Override
    public Body open(RemoteFile file, long fromBytes) throws IOException {
        GuardedAnswer answer = http.following(
                "GET",
                hub.file(model, file.name()),
                fromBytes == 0 ? Map.of() : Map.of("Range", "bytes=" + fromBytes + "-"));
        try {
            return new Body(start(answer, fromBytes, file), answer.stream(), answer::close);
        } catch (IOException e) {
            answer.close();
            throw e;
        }
    }

    /** Where the body that comes belongs. */
    private static long start(GuardedAnswer answer, long from, RemoteFile file) throws IOException {
        int status = answer.status();
        if (status == 200) {
            return 0;
        }
        String range = answer.header("Content-Range");
        String wanted = "bytes %d-%d/%d".formatted(from, file.sizeBytes() - 1, file.sizeBytes());
        if (status == 206 && wanted.equals(range)) {
            return from;
        }
        throw new IOException(
                "the server answered %d%s".formatted(status, range == null ? "" : " with range " + range));
    }
}
