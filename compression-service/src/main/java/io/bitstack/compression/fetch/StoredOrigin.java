package io.bitstack.compression.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** Files that this service keeps itself, as an origin; they never change under their name. */
record StoredOrigin(StoredFiles stored) implements RangedOrigin {
    private static final String UNCHANGING = "stored";

    List<RemoteFile> files() {
        return stored.sizesBytes().entrySet().stream()
                .map(file -> new RemoteFile(file.getKey(), file.getValue(), UNCHANGING))
                .toList();
    }

    @Override
    public String name() {
        return stored.name();
    }

    @Override
    public InputStream open(RemoteFile file, long fromBytes, long lengthBytes) throws IOException {
        return stored.open(file.name(), fromBytes, lengthBytes);
    }
}
