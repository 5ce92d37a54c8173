/** How much memory the node may use: as it was told, or as the system has it at the moment. */
@NullMarked
package io.bitstack.inference.budget;

import org.jspecify.annotations.NullMarked;
