/** What is stored: collection of what nothing names, and checks that what is named is there and whole. */
@NullMarked
package io.bitstack.registry.collect;

import org.jspecify.annotations.NullMarked;
