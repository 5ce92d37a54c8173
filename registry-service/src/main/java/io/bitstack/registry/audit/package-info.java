/** Who changed what, and when. */
@NullMarked
package io.bitstack.registry.audit;

import org.jspecify.annotations.NullMarked;
