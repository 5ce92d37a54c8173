/** Who may do what: API keys, scopes, limits, and the filter before every route. */
@NullMarked
package io.bitstack.gateway.access;

import org.jspecify.annotations.NullMarked;
