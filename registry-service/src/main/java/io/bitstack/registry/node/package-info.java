/** Edge nodes: what they report and what they ought to be. */
@NullMarked
package io.bitstack.registry.node;

import org.jspecify.annotations.NullMarked;
