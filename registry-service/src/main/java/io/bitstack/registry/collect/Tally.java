package io.bitstack.registry.collect;

import java.sql.ResultSet;
import java.sql.SQLException;

/** A number of blobs and their bytes. */
record Tally(int blobs, long bytes) {
    static final Tally NONE = new Tally(0, 0);

    static Tally of(ResultSet row, int ignored) throws SQLException {
        return new Tally(row.getInt(1), row.getLong(2));
    }

    Tally plus(Tally other) {
        return new Tally(blobs + other.blobs, bytes + other.bytes);
    }
}
