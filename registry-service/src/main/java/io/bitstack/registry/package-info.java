@NullMarked
package io.bitstack.registry;

import org.jspecify.annotations.NullMarked;
