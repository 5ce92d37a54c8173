/** The gateway: the platform's one entrance for clients, nodes and the web admin. */
@NullMarked
package io.bitstack.gateway;

import org.jspecify.annotations.NullMarked;
