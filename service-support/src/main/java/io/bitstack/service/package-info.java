/** What the web layer of every service does in the same way: problem+json errors with codes, and the internal token. */
@NullMarked
package io.bitstack.service;

import org.jspecify.annotations.NullMarked;
