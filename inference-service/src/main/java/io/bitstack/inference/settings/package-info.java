/** What an operator can set on a node. */
@NullMarked
package io.bitstack.inference.settings;

import org.jspecify.annotations.NullMarked;
