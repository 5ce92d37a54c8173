@NullMarked
package io.bitstack.compression;

import org.jspecify.annotations.NullMarked;
