/** Inference requests: which node answers them, and the list of models. */
@NullMarked
package io.bitstack.gateway.node;

import org.jspecify.annotations.NullMarked;
