/** The linear algebra of encoding, by ND4J. */
@NullMarked
package io.bitstack.compression.linalg;

import org.jspecify.annotations.NullMarked;
