/** Where weights come from: what directories may be read, and whether what lies there can be compressed. */
@NullMarked
package io.bitstack.compression.source;

import org.jspecify.annotations.NullMarked;
