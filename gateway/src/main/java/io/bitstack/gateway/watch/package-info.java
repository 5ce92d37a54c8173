/** What is measured and traced of every request, at as little cost as it can be: all of it is on the way of a first token. */
@NullMarked
package io.bitstack.gateway.watch;

import org.jspecify.annotations.NullMarked;
