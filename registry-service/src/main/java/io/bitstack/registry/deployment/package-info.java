/** Which model the nodes ought to serve. */
@NullMarked
package io.bitstack.registry.deployment;

import org.jspecify.annotations.NullMarked;
