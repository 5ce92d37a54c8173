@NullMarked
package io.bitstack.gateway.identity;

import org.jspecify.annotations.NullMarked;
