/** A fleet to which everything happens at once, while clients ask it. */
@NullMarked
package io.bitstack.standalone.scenario;

import org.jspecify.annotations.NullMarked;
