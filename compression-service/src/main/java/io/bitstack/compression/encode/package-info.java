/** What turns a model directory into a stack: calibrate, encode, order, evaluate. Knows nothing of jobs or HTTP. */
@NullMarked
package io.bitstack.compression.encode;

import org.jspecify.annotations.NullMarked;
