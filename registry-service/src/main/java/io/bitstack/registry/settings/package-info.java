/** What an operator can set. */
@NullMarked
package io.bitstack.registry.settings;

import org.jspecify.annotations.NullMarked;
