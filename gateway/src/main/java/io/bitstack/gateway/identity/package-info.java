/** Who sends a request: keys, sessions of browsers, tokens of an OIDC provider. */
@NullMarked
package io.bitstack.gateway.identity;

import org.jspecify.annotations.NullMarked;
