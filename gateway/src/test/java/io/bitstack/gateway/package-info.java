/** The gateway over real HTTP, in front of small servers that stand where services and nodes are. */
@NullMarked
package io.bitstack.gateway;

import org.jspecify.annotations.NullMarked;
