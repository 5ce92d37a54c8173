/** What can go wrong in the registry, as clients see it: one table of codes. */
@NullMarked
package io.bitstack.registry.error;

import org.jspecify.annotations.NullMarked;
