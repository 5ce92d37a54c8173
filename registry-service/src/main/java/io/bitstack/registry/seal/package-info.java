/** Secrets that the database keeps for this service, sealed. */
@NullMarked
package io.bitstack.registry.seal;

import org.jspecify.annotations.NullMarked;
