/** The connections that a node which nobody can dial keeps open to its gateways, to be asked over them. */
@NullMarked
package io.bitstack.inference.channel;

import org.jspecify.annotations.NullMarked;
