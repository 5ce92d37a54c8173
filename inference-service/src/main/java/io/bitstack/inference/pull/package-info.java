/** Brings blobs from the platform into the node's cache on disk; nothing unverified is ever seen by anybody else. */
@NullMarked
package io.bitstack.inference.pull;

import org.jspecify.annotations.NullMarked;
