@NullMarked
package io.bitstack.service.net;

import org.jspecify.annotations.NullMarked;
