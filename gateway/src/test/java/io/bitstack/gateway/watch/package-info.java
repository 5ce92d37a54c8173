@NullMarked
package io.bitstack.gateway.watch;

import org.jspecify.annotations.NullMarked;
