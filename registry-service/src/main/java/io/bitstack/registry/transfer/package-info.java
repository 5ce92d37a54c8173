/** Stacks as files: {@code .bitstack} files out of the registry and into it. */
@NullMarked
package io.bitstack.registry.transfer;

import org.jspecify.annotations.NullMarked;
