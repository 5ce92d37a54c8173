/** What holds for every request: how large a body may be, and that a repeated one is done once. */
@NullMarked
package io.bitstack.registry.web;

import org.jspecify.annotations.NullMarked;
