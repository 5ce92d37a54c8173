package io.bitstack.registry.signing;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.KeyEndorsement;
import io.bitstack.core.stack.ManifestSignature;
import io.bitstack.registry.audit.Audit;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.registry.seal.SealedSecrets;
import io.bitstack.service.ApiException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * Signs manifests with the newest key. Older keys sign nothing new, and what they signed stays good until they are revoked. A key that
 * cannot be opened any more, since the internal token was changed, gives way to a new one.
 */
@Service
public class Signing {
    private static final Logger LOG = LoggerFactory.getLogger(Signing.class);
    private static final long LOCK = 0x7369676e696e67L;

    private final JdbcClient jdbc;
    private final SealedSecrets sealed;
    private final Audit audit;

    Signing(JdbcClient jdbc, SealedSecrets sealed, Audit audit) {
        this.jdbc = jdbc;
        this.sealed = sealed;
        this.audit = audit;
    }

    /**
     * A key as everybody may see it.
     *
     * @param state {@code active}, {@code retired} or {@code revoked}: what a revoked key signed is no longer good
     * @param endorsedBy the key that was active before and vouches for this one; left out for the first one
     * @param endorsement its signature over this key
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record KeyView(
            String id,
            String algorithm,
            String publicKey,
            String state,
            Instant createdAt,
            @Nullable String endorsedBy,
            @Nullable String endorsement) {}

    /** A signature with the key that verifies it. */
    public record SignatureView(
            String keyId, String algorithm, String publicKey, String signature, Instant createdAt) {}

    private record Active(String id, PrivateKey key) {}

    /** Signs a stack's manifest in the transaction that commits the stack. */
    @Transactional(propagation = Propagation.MANDATORY)
    public void sign(long stackId, byte[] manifest) {
        Active active = active();
        jdbc.sql("insert into registry.stack_signatures (stack_id, key_id, signature) values (?, ?, ?) on"
                        + " conflict do nothing")
                .params(stackId, active.id(), base64(ManifestSignature.sign(manifest, active.key())))
                .update();
    }

    /** The same for a stack that was committed before. */
    @Transactional(propagation = Propagation.MANDATORY)
    public void signAgain(long stackId, byte[] manifest, Digest stack, String principal) {
        sign(stackId, manifest);
        audit.record(principal, "stack.sign", stack.toString());
    }

    private Active active() {
        return findActive().orElseGet(() -> {
            lock();
            return findActive().orElseGet(this::make);
        });
    }

    private void lock() {
        jdbc.sql("select pg_advisory_xact_lock(?)")
                .param(LOCK)
                .query((_, _) -> true)
                .single();
    }

    private Optional<Active> findActive() {
        return jdbc.sql("select id, private_key from registry.signing_keys where state = 'active'")
                .query((row, _) -> {
                    @Nullable
                    PrivateKey key = sealed.open(row.getBytes(2))
                            .map(Signing::privateKey)
                            .orElse(null);
                    return key == null ? Optional.<Active>empty() : Optional.of(new Active(row.getString(1), key));
                })
                .optional()
                .flatMap(found -> found);
    }

    private static PrivateKey privateKey(byte[] encoded) {
        try {
            return KeyFactory.getInstance(ManifestSignature.ALGORITHM)
                    .generatePrivate(new PKCS8EncodedKeySpec(encoded));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a signing key in the database is not one", e);
        }
    }

    private Active make() {
        try {
            KeyPair pair =
                    KeyPairGenerator.getInstance(ManifestSignature.ALGORITHM).generateKeyPair();
            byte[] open = pair.getPublic().getEncoded();
            String id = Digest.of(open).hex().substring(0, 16);
            // The one that cannot be opened any more, since the internal token was changed, vouches for nobody.
            Active older = findActive().orElse(null);
            jdbc.sql("update registry.signing_keys set state = 'retired' where state = 'active'")
                    .update();
            jdbc.sql("insert into registry.signing_keys (id, public_key, private_key, state, endorsed_by, endorsement)"
                            + " values (?, ?, ?, 'active', ?, ?)")
                    .param(1, id)
                    .param(2, base64(open))
                    .param(3, sealed.seal(pair.getPrivate().getEncoded()))
                    .param(4, older == null ? null : older.id())
                    .param(5, older == null ? null : base64(KeyEndorsement.sign(pair.getPublic(), older.key())))
                    .update();
            LOG.info("manifests are signed with the new key {}", id);
            return new Active(id, pair.getPrivate());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has Ed25519", e);
        }
    }

    /** The key at the first start. */
    @Transactional
    public void ensureKey() {
        active();
    }

    @Transactional
    KeyView rotate(String principal) {
        lock();
        String id = make().id();
        audit.record(principal, "signing-key.rotate", id);
        return keys().stream().filter(key -> key.id().equals(id)).findFirst().orElseThrow();
    }

    /** @throws ApiException {@code SIGNING_KEY_NOT_FOUND} */
    @Transactional
    void revoke(String id, String principal) {
        lock(); // before the key's row, as whoever makes a key does
        int changed = jdbc.sql("update registry.signing_keys set state = 'revoked' where id = ?")
                .param(id)
                .update();
        if (changed == 0) {
            throw new ApiException(ErrorCode.SIGNING_KEY_NOT_FOUND, "there is no signing key '%s'".formatted(id));
        }
        audit.record(principal, "signing-key.revoke", id);
        active();
    }

    /** All keys, the newest first. */
    List<KeyView> keys() {
        return jdbc.sql(
                        "select id, public_key, state, created_at, endorsed_by, endorsement from registry.signing_keys order by created_at desc,"
                                + " id")
                .query((row, _) -> new KeyView(
                        row.getString(1),
                        ManifestSignature.ALGORITHM,
                        row.getString(2),
                        row.getString(3),
                        row.getTimestamp(4).toInstant(),
                        row.getString(5),
                        row.getString(6)))
                .list();
    }

    /** The signatures of a stack that are good: those of revoked keys are not among them. */
    public List<SignatureView> signatures(Digest stack) {
        return jdbc.sql("select k.id, k.public_key, g.signature, g.created_at from registry.stack_signatures g"
                        + " join registry.signing_keys k on k.id = g.key_id join registry.stacks s on s.id = g.stack_id"
                        + " where s.digest = ? and k.state <> 'revoked' order by g.created_at desc")
                .param(stack.toString())
                .query((row, _) -> new SignatureView(
                        row.getString(1),
                        ManifestSignature.ALGORITHM,
                        row.getString(2),
                        row.getString(3),
                        row.getTimestamp(4).toInstant()))
                .list();
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
