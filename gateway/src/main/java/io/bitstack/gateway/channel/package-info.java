/** Requests to nodes that cannot be dialled, over connections that those have opened. */
@NullMarked
package io.bitstack.gateway.channel;

import org.jspecify.annotations.NullMarked;
