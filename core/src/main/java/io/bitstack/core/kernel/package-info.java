/** The inner loops (SIMD providers behind one interface) and the plain loops that are their oracle. */
@NullMarked
package io.bitstack.core.kernel;

import org.jspecify.annotations.NullMarked;
