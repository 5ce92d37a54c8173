@NullMarked
package io.bitstack.bench;

import org.jspecify.annotations.NullMarked;
