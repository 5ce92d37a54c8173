/** How much one key or address may ask. */
@NullMarked
package io.bitstack.gateway.limit;

import org.jspecify.annotations.NullMarked;
