@NullMarked
package io.bitstack.inference;

import org.jspecify.annotations.NullMarked;
