/** API keys: made once, kept as hashes, verified for the gateway. */
@NullMarked
package io.bitstack.registry.key;

import org.jspecify.annotations.NullMarked;
