/** An edge node: pulls the prefix of a stack that fits its memory, serves it, grows and shrinks while serving. */
@NullMarked
package io.bitstack.inference;

import org.jspecify.annotations.NullMarked;
