/** Element types, half and bfloat16 conversion, dense matrices and aligned off-heap buffers. */
@NullMarked
package io.bitstack.core.tensor;

import org.jspecify.annotations.NullMarked;
