package io.bitstack.compression.encode;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Makes something when it is asked for the first time. Safe for many threads. */
final class Lazy<T> implements Supplier<T> {
    private final Supplier<T> maker;
    private @Nullable T made;

    Lazy(Supplier<T> maker) {
        this.maker = maker;
    }

    @Override
    public synchronized T get() {
        T found = made;
        if (found == null) {
            found = maker.get();
            made = found;
        }
        return found;
    }

    /** Makes it now, if it is not made yet. */
    void prepare() {
        T _ = get();
    }
}
