/** Text to token ids and back, exactly as a tokenizer.json says. */
@NullMarked
package io.bitstack.core.tokenizer;

import org.jspecify.annotations.NullMarked;
