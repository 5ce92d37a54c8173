/** Models and texts that clients send, resumable: sessions in the database, bytes in a directory or in a bucket, bounded and expiring. */
@NullMarked
package io.bitstack.compression.upload;

import org.jspecify.annotations.NullMarked;
