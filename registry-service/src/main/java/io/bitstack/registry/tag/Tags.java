package io.bitstack.registry.tag;

import io.bitstack.registry.error.ErrorCode;
import io.bitstack.service.ApiException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Writes and reads tags, in the transaction of whoever holds their owner's lock. */
@Service
public class Tags {
    /** The most tags that one model or version may have. */
    public static final int MOST = 100;

    private static final int LONGEST_KEY = 250;
    private static final int LONGEST_VALUE = 5000;

    private final JdbcClient jdbc;

    Tags(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Sets tags and keeps the others. @throws ApiException {@code TAG_INVALID}, {@code TAGS_TOO_MANY} */
    @Transactional(propagation = Propagation.MANDATORY)
    public void set(TagOwner owner, long id, Map<String, String> tags) {
        if (tags.size() > MOST) {
            throw tooMany();
        }
        tags.forEach(Tags::require);
        Set<String> keys = new HashSet<>(of(owner, id).keySet());
        keys.addAll(tags.keySet());
        if (keys.size() > MOST) {
            throw tooMany();
        }
        tags.forEach((key, value) -> jdbc.sql(
                        "insert into %s (%s, key, value) values (?, ?, ?)".formatted(owner.table(), owner.key())
                                + " on conflict (%s, key) do update set value = excluded.value".formatted(owner.key()))
                .params(id, key, value)
                .update());
    }

    /** Removes a tag; does nothing if there is none. */
    @Transactional(propagation = Propagation.MANDATORY)
    public void remove(TagOwner owner, long id, String key) {
        jdbc.sql("delete from %s where %s = ? and key = ?".formatted(owner.table(), owner.key()))
                .params(id, key)
                .update();
    }

    public Map<String, String> of(TagOwner owner, long id) {
        Map<String, String> tags = new TreeMap<>();
        jdbc.sql("select key, value from %s where %s = ?".formatted(owner.table(), owner.key()))
                .param(id)
                .query((row, _) -> tags.put(row.getString(1), row.getString(2)))
                .list();
        return tags;
    }

    /** The tags of many owners, for a page; owners without tags are left out. */
    public Map<Long, Map<String, String>> of(TagOwner owner, Collection<Long> ids) {
        Map<Long, Map<String, String>> tags = new HashMap<>();
        if (!ids.isEmpty()) {
            jdbc.sql("select %s, key, value from %s where %s in (:ids)"
                            .formatted(owner.key(), owner.table(), owner.key()))
                    .param("ids", ids)
                    .query((row, _) -> tags.computeIfAbsent(row.getLong(1), _ -> new TreeMap<>())
                            .put(row.getString(2), row.getString(3)))
                    .list();
        }
        return tags;
    }

    private static void require(String key, String value) {
        if (key.isBlank() || key.length() > LONGEST_KEY || hasControls(key)) {
            throw new ApiException(
                    ErrorCode.TAG_INVALID,
                    "a tag's key is 1 to %d characters, none of them a control character".formatted(LONGEST_KEY));
        }
        if (value.length() > LONGEST_VALUE || value.indexOf('\0') >= 0) {
            throw new ApiException(
                    ErrorCode.TAG_INVALID,
                    "the value of tag '%s' has %d characters; a value has at most %d, and no null character"
                            .formatted(key, value.length(), LONGEST_VALUE));
        }
    }

    private static boolean hasControls(String text) {
        return text.codePoints().anyMatch(Character::isISOControl);
    }

    private static ApiException tooMany() {
        return new ApiException(
                ErrorCode.TAGS_TOO_MANY, "a model or version has at most %d tags; remove some first".formatted(MOST));
    }
}
