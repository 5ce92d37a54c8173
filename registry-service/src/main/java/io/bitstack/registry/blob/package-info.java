/** Blobs over HTTP, by range. */
@NullMarked
package io.bitstack.registry.blob;

import org.jspecify.annotations.NullMarked;
