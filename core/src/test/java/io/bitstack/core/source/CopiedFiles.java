package io.bitstack.core.source;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.concurrent.atomic.AtomicLong;

/** Files of a directory as if they lay elsewhere: every range is a copy, and it is known how long the longest was. */
public final class CopiedFiles implements ModelFiles {
    private final ModelDirectory directory;
    private final AtomicLong longestBytes = new AtomicLong();

    public CopiedFiles(Path directory) {
        this.directory = new ModelDirectory(directory);
    }

    /** The longest range since this was asked before. */
    public long longestBytes() {
        return longestBytes.getAndSet(0);
    }

    @Override
    public String place() {
        return "elsewhere";
    }

    @Override
    public SortedSet<String> names() throws IOException {
        return directory.names();
    }

    @Override
    public boolean has(String name) {
        return directory.has(name);
    }

    @Override
    public ModelFile open(String name) throws IOException {
        return new Copied(directory.open(name), longestBytes);
    }

    private record Copied(ModelFile mapped, AtomicLong longestBytes) implements ModelFile {
        @Override
        public String name() {
            return mapped.name();
        }

        @Override
        public long sizeBytes() {
            return mapped.sizeBytes();
        }

        @Override
        public boolean isInPlace() {
            return false;
        }

        @Override
        public MemorySegment range(long offsetBytes, long lengthBytes) {
            longestBytes.accumulateAndGet(lengthBytes, Math::max);
            return MemorySegment.ofArray(mapped.range(offsetBytes, lengthBytes).toArray(ValueLayout.JAVA_BYTE));
        }

        @Override
        public void close() {
            mapped.close();
        }
    }
}
