/** The scenario that shows everything working, told through the API alone. */
@NullMarked
package io.bitstack.standalone.demo;

import org.jspecify.annotations.NullMarked;
