/** What scrubs of nodes and checks of stacks and store have found. */
@NullMarked
package io.bitstack.registry.scrub;

import org.jspecify.annotations.NullMarked;
