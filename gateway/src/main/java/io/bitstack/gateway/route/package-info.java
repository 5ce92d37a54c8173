/** Which path leads where. */
@NullMarked
package io.bitstack.gateway.route;

import org.jspecify.annotations.NullMarked;
