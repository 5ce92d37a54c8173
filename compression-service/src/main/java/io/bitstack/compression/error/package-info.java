/** What can go wrong, as clients see it: one table of codes, answered as problem+json. */
@NullMarked
package io.bitstack.compression.error;

import org.jspecify.annotations.NullMarked;
