/** The gateway's error codes, and the two shapes in which its clients read errors. */
@NullMarked
package io.bitstack.gateway.error;

import org.jspecify.annotations.NullMarked;
