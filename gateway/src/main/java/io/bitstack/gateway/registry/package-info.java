/** What the gateway itself asks the registry. */
@NullMarked
package io.bitstack.gateway.registry;

import org.jspecify.annotations.NullMarked;
