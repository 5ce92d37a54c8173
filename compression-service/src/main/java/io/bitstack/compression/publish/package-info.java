/** Commits finished stacks in the registry. */
@NullMarked
package io.bitstack.compression.publish;

import org.jspecify.annotations.NullMarked;
