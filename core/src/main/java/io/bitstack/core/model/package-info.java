/** The transformer: configuration, weights (dense or a prefix of a stack), KV cache, forward pass, evaluation. */
@NullMarked
package io.bitstack.core.model;

import org.jspecify.annotations.NullMarked;
