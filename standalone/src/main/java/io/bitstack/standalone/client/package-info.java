/** The platform's API as a client sees it. */
@NullMarked
package io.bitstack.standalone.client;

import org.jspecify.annotations.NullMarked;
