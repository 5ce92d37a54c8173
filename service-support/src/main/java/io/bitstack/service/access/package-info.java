/** Who may ask what: the table of routes and roles, and the signed tokens by which the platform's services know each other. */
@NullMarked
package io.bitstack.service.access;

import org.jspecify.annotations.NullMarked;
