/** Lets in only the gateway, by a token that the node made and told the registry. */
@NullMarked
package io.bitstack.inference.security;

import org.jspecify.annotations.NullMarked;
