package io.bitstack.inference.resident;

import io.bitstack.core.stack.Descriptor;
import java.io.IOException;

/** Gets blobs into memory, verified; fetches again what the disk has spoilt. */
interface BlockLoader {
    HeldBlobs.Mapping load(Descriptor blob) throws IOException;
}
