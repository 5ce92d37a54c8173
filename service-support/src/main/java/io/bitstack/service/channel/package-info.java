/** What gateway and node say to each other over a connection that the node has opened. */
@NullMarked
package io.bitstack.service.channel;

import org.jspecify.annotations.NullMarked;
