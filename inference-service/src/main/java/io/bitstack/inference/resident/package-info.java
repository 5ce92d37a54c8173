/** The model that is held in memory: which blocks, who is reading them, and when their bytes go back to the system. */
@NullMarked
package io.bitstack.inference.resident;

import org.jspecify.annotations.NullMarked;
