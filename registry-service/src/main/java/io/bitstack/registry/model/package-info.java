/** Models: the names under which versions are published. */
@NullMarked
package io.bitstack.registry.model;

import org.jspecify.annotations.NullMarked;
