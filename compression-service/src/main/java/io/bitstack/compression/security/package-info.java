/** Lets in only those who know the internal token. */
@NullMarked
package io.bitstack.compression.security;

import org.jspecify.annotations.NullMarked;
