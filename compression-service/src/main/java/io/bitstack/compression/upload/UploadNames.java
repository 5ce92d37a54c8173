package io.bitstack.compression.upload;

/** How files of an upload may be called: names without directories that no file system reads otherwise. */
final class UploadNames {
    static final String NAME = "[A-Za-z0-9_][A-Za-z0-9._-]{0,199}";

    private UploadNames() {}
}
