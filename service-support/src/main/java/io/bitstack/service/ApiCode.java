package io.bitstack.service;

/** One line of a service's table of error codes; the enums that implement it are the tables. */
public interface ApiCode {
    /** The stable name that clients compare. */
    String name();

    /** The HTTP status it is answered with. */
    int status();

    /** What it means, in one clause; the title of a problem. */
    String meaning();

    /** After how many seconds asking again may help; 0 where waiting does not. */
    default int retryAfterSeconds() {
        return 0;
    }
}
