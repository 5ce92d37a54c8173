/** The web admin in a real browser, against the whole platform in this JVM. */
@NullMarked
package io.bitstack.standalone.web;

import org.jspecify.annotations.NullMarked;
