/** What one JVM offers by itself: today the offline commands. */
@NullMarked
package io.bitstack.standalone;

import org.jspecify.annotations.NullMarked;
