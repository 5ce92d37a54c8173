/** Whose stacks a node takes: those whose manifest was signed by a key that it trusts. */
@NullMarked
package io.bitstack.inference.trust;

import org.jspecify.annotations.NullMarked;
