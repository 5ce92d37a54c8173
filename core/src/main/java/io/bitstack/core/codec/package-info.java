/** The residual codecs: how a weight matrix becomes a base and levels, and how levels become numbers again. */
@NullMarked
package io.bitstack.core.codec;

import org.jspecify.annotations.NullMarked;
