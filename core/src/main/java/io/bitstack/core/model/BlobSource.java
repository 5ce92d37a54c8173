package io.bitstack.core.model;

import io.bitstack.core.stack.Digest;
import java.lang.foreign.MemorySegment;

/** Hands out the verified bytes of blobs that are held. */
@FunctionalInterface
public interface BlobSource {
    /** The blob's bytes, which stay as they are for as long as weights made from them are used. */
    MemorySegment segment(Digest digest);
}
