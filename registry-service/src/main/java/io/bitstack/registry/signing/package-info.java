/** Signatures over manifests: the registry's keys, their rotation, and what was signed. */
@NullMarked
package io.bitstack.registry.signing;

import org.jspecify.annotations.NullMarked;
