/** The bitstack command line. */
@NullMarked
package io.bitstack.standalone.cli;

import org.jspecify.annotations.NullMarked;
