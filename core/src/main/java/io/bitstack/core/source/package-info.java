/** Files that models are read from, by ranges, wherever they lie. */
@NullMarked
package io.bitstack.core.source;

import org.jspecify.annotations.NullMarked;
