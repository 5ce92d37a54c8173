/** Conversations as the text, and the tokens, that a model was trained on: chat templates in Jinja. */
@NullMarked
package io.bitstack.inference.chat;

import org.jspecify.annotations.NullMarked;
