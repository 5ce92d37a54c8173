/** Keeps the gateway's auto-configuration to the gateway's own context. */
@NullMarked
package io.bitstack.gateway.boot;

import org.jspecify.annotations.NullMarked;
