/** The stack as an artefact: digests, blobs, manifest, stack order and plan. Knows nothing numeric. */
@NullMarked
package io.bitstack.core.stack;

import org.jspecify.annotations.NullMarked;
