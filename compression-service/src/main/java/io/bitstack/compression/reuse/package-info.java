/** What was encoded once is not encoded again: after a crash, and for a second version that shares matrices with the first. */
@NullMarked
package io.bitstack.compression.reuse;

import org.jspecify.annotations.NullMarked;
