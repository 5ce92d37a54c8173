/** Browsers log in and out: with a key, or through an OIDC provider. */
@NullMarked
package io.bitstack.gateway.session;

import org.jspecify.annotations.NullMarked;
