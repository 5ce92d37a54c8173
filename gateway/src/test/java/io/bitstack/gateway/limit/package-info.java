@NullMarked
package io.bitstack.gateway.limit;

import org.jspecify.annotations.NullMarked;
