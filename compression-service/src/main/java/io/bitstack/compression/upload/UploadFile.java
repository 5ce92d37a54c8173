package io.bitstack.compression.upload;

/** @param offsetBytes how much of the file is held */
record UploadFile(String name, long sizeBytes, long offsetBytes) {
    boolean isWhole() {
        return offsetBytes == sizeBytes;
    }

    long missingBytes() {
        return sizeBytes - offsetBytes;
    }
}
