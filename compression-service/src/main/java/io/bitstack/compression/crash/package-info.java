/** Places where tests let the process die as if its machine had. */
@NullMarked
package io.bitstack.compression.crash;

import org.jspecify.annotations.NullMarked;
