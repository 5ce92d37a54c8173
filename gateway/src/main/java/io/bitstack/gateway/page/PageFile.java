package io.bitstack.gateway.page;

import org.springframework.http.MediaType;

/** One file of the web admin. */
record PageFile(byte[] bytes, MediaType type, String etag) {}
