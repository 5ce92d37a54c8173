/** The filter language of searches: read into a tree, checked against a vocabulary, and turned into SQL with parameters. */
@NullMarked
package io.bitstack.registry.search;

import org.jspecify.annotations.NullMarked;
