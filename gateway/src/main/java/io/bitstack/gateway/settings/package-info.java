/** The gateway's settings. */
@NullMarked
package io.bitstack.gateway.settings;

import org.jspecify.annotations.NullMarked;
