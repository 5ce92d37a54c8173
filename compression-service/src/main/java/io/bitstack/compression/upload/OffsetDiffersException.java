package io.bitstack.compression.upload;

/** A piece does not begin where the file ends. */
final class OffsetDiffersException extends RuntimeException {
    private final long offsetBytes;

    OffsetDiffersException(String name, long offsetBytes) {
        super("'%s' goes on at byte %d; send the piece that begins there".formatted(name, offsetBytes));
        this.offsetBytes = offsetBytes;
    }

    long offsetBytes() {
        return offsetBytes;
    }
}
