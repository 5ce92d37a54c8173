/** Where versions came from: their sources, and the versions they were made from. */
@NullMarked
package io.bitstack.registry.lineage;

import org.jspecify.annotations.NullMarked;
