/** Who this node is to the platform: the key that it shows there, given to it or got for a join token. */
@NullMarked
package io.bitstack.inference.identity;

import org.jspecify.annotations.NullMarked;
