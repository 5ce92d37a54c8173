/** GGUF files: their metadata and tensors, every bound checked, and the block formats of quantised weights turned into floats. */
@NullMarked
package io.bitstack.core.gguf;

import org.jspecify.annotations.NullMarked;
