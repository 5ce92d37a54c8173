/** The choice of the next token from logits, and the log probabilities that are reported with it. */
@NullMarked
package io.bitstack.inference.sampling;

import org.jspecify.annotations.NullMarked;
