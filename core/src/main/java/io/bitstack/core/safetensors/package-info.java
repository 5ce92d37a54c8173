/** Reads model weights in Hugging Face layout: bounded, memory-mapped, one tensor at a time. */
@NullMarked
package io.bitstack.core.safetensors;

import org.jspecify.annotations.NullMarked;
