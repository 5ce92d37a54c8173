/** The list of models as people browse it: each with its newest version and its aliases. */
@NullMarked
package io.bitstack.registry.catalog;

import org.jspecify.annotations.NullMarked;
