/** The OpenAI-compatible routes: requests read and bounded, answers and errors in OpenAI's shape. */
@NullMarked
package io.bitstack.inference.openai;

import org.jspecify.annotations.NullMarked;
