/** Stacks: their matrices and residual blocks in order, as their manifests say. */
@NullMarked
package io.bitstack.registry.stack;

import org.jspecify.annotations.NullMarked;
