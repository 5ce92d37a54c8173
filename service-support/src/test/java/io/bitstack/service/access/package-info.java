@NullMarked
package io.bitstack.service.access;

import org.jspecify.annotations.NullMarked;
