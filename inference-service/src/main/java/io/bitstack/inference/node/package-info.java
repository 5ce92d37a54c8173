/** The node as the platform sees it: it reports, is told what to hold, and makes it so. */
@NullMarked
package io.bitstack.inference.node;

import org.jspecify.annotations.NullMarked;
