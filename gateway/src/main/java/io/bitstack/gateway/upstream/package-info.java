/** Requests to the services and nodes behind the gateway, and their answers streamed back. */
@NullMarked
package io.bitstack.gateway.upstream;

import org.jspecify.annotations.NullMarked;
