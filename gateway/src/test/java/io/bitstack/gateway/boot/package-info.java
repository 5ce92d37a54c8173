@NullMarked
package io.bitstack.gateway.boot;

import org.jspecify.annotations.NullMarked;
