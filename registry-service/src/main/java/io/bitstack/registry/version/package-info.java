/** Versions of a model and the aliases that point at them. */
@NullMarked
package io.bitstack.registry.version;

import org.jspecify.annotations.NullMarked;
