/** What the tests of several services start for themselves. */
@NullMarked
package io.bitstack.service.testing;

import org.jspecify.annotations.NullMarked;
