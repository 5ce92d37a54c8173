/** What happens when two change the same at the same time: one of them is done again. */
@NullMarked
package io.bitstack.registry.contention;

import org.jspecify.annotations.NullMarked;
