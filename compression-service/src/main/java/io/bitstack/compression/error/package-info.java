/** What can go wrong in compression, as clients see it: one table of codes. */
@NullMarked
package io.bitstack.compression.error;

import org.jspecify.annotations.NullMarked;
