/** The web admin's files and the headers they are served with. */
@NullMarked
package io.bitstack.gateway.page;

import org.jspecify.annotations.NullMarked;
