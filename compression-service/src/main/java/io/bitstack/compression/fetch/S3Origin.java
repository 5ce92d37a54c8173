package io.bitstack.compression.fetch;

import io.bitstack.core.stack.S3Objects;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The files of one model in a bucket, as they were when they were listed. */
final class S3Origin implements RangedOrigin {
    private static final int MOST_FILES = 10_000;

    private final S3Objects objects;
    private final S3Model model;
    private final Map<String, S3Objects.Entry> entries;

    private S3Origin(S3Objects objects, S3Model model, Map<String, S3Objects.Entry> entries) {
        this.objects = objects;
        this.model = model;
        this.entries = entries;
    }

    /** Lists the files directly below the prefix. */
    static S3Origin list(S3Objects objects, S3Model model) throws IOException {
        String prefix = model.prefix() + "/";
        Map<String, S3Objects.Entry> entries = new TreeMap<>();
        for (S3Objects.Entry entry : objects.list(prefix, MOST_FILES)) {
            String name = entry.key().substring(prefix.length());
            if (!name.isEmpty() && !name.contains("/")) {
                entries.put(name, entry);
            }
        }
        return new S3Origin(objects, model, entries);
    }

    Map<String, S3Objects.Entry> entries() {
        return entries;
    }

    /** Files by name as a download wants them; an etag of S3 is no digest of the content that could be relied on. */
    List<RemoteFile> files(List<String> names) {
        List<RemoteFile> files = new ArrayList<>();
        for (String name : names) {
            S3Objects.Entry entry = entry(name);
            files.add(new RemoteFile(name, entry.sizeBytes(), "s3:" + entry.etag()));
        }
        return files;
    }

    @Override
    public String name() {
        return model.toString();
    }

    @Override
    public InputStream open(RemoteFile file, long fromBytes, long lengthBytes) throws IOException {
        return objects.open(entry(file.name()), fromBytes, lengthBytes);
    }

    private S3Objects.Entry entry(String name) {
        S3Objects.Entry entry = entries.get(name);
        if (entry == null) {
            throw new IllegalArgumentException("there is no object " + name + " of " + model);
        }
        return entry;
    }
}
