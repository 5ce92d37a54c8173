/** Runs the generations of a node together: admission, prefill, decoding, cancelling, and what it all costs. */
@NullMarked
package io.bitstack.inference.engine;

import org.jspecify.annotations.NullMarked;
