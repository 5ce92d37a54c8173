@NullMarked
package io.bitstack.gateway;

import org.jspecify.annotations.NullMarked;
