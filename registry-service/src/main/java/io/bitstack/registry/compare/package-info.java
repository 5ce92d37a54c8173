/** Searches over versions and the difference of two of them. */
@NullMarked
package io.bitstack.registry.compare;

import org.jspecify.annotations.NullMarked;
