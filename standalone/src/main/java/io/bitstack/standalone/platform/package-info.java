/** The whole platform in one JVM: a context a service, an embedded PostgreSQL, a file store. */
@NullMarked
package io.bitstack.standalone.platform;

import org.jspecify.annotations.NullMarked;
