/** What a budget buys. */
@NullMarked
package io.bitstack.registry.resolve;

import org.jspecify.annotations.NullMarked;
