/** What an operator can set, and the parts that are made from it. */
@NullMarked
package io.bitstack.compression.settings;

import org.jspecify.annotations.NullMarked;
