/** Durable compression jobs: their states, storage, execution, and the routes that show and steer them. */
@NullMarked
package io.bitstack.compression.job;

import org.jspecify.annotations.NullMarked;
