/** Asking servers that others name, without being made to ask the platform's own network. */
@NullMarked
package io.bitstack.service.net;

import org.jspecify.annotations.NullMarked;
