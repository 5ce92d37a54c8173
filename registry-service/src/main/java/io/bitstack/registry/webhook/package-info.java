/** Webhooks: who is told of which events, each delivery kept in the database until it was made or given up. */
@NullMarked
package io.bitstack.registry.webhook;

import org.jspecify.annotations.NullMarked;
