@NullMarked
package io.bitstack.standalone;

import org.jspecify.annotations.NullMarked;
