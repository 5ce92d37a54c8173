/** Changes of a deployment's version or size that reach some nodes before others, and are taken back when these do not do well. */
@NullMarked
package io.bitstack.registry.rollout;

import org.jspecify.annotations.NullMarked;
