package io.bitstack.registry.key;

import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Keys of scope {@code node}: made for a node when it joins, and looked up when one reports. */
@Service
public class NodeKeys {
    /** A key of this name is good for any node. */
    public static final String ANY_NODE = "*";

    private final Keys keys;
    private final JdbcClient jdbc;

    NodeKeys(Keys keys, JdbcClient jdbc) {
        this.keys = keys;
        this.jdbc = jdbc;
    }

    /** @param key shown to the node alone, once */
    public record Made(String id, String key) {}

    @Transactional
    public Made make(String node, String principal) {
        Keys.Made made = keys.create(node, Scope.NODE, principal);
        return new Made(made.id(), made.key());
    }

    @Transactional
    public void revoke(String id, String principal) {
        keys.revoke(id, principal);
    }

    /** Whose key this is, by its id; empty if it is no key of a node, was revoked or has expired. */
    @Transactional(readOnly = true)
    public Optional<String> owner(String id) {
        return jdbc.sql("select name from registry.api_keys where id = ? and scope = 'node' and revoked_at is null"
                        + " and (expires_at is null or expires_at > clock_timestamp())")
                .param(id)
                .query(String.class)
                .optional();
    }

    /** Who made a key that is still good, by its id. */
    @Transactional(readOnly = true)
    public Optional<String> maker(String id) {
        return jdbc.sql(
                        "select created_by from registry.api_keys where id = ? and scope = 'node' and revoked_at is null")
                .param(id)
                .query(String.class)
                .optional();
    }
}
