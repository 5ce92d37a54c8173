/** Tags: what people write on models and versions. */
@NullMarked
package io.bitstack.registry.tag;

import org.jspecify.annotations.NullMarked;
