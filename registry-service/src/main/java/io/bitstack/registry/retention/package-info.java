/** How long is kept what only grows: deliveries, events, audit events, results of scrubs. */
@NullMarked
package io.bitstack.registry.retention;

import org.jspecify.annotations.NullMarked;
