/** What happened, written down in the transaction in which it happened, for whoever wants to be told. */
@NullMarked
package io.bitstack.registry.event;

import org.jspecify.annotations.NullMarked;
