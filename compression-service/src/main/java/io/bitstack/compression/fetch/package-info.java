/** Models that lie elsewhere: fetched into a directory of the job, resumable and verified, before they are read. */
@NullMarked
package io.bitstack.compression.fetch;

import org.jspecify.annotations.NullMarked;
