package io.bitstack.registry.key;

import java.util.List;
import java.util.Optional;
import org.springframework.data.domain.Limit;
import org.springframework.data.repository.Repository;

interface KeyRepository extends Repository<ApiKey, String> {
    ApiKey saveAndFlush(ApiKey key);

    Optional<ApiKey> findById(String id);

    Optional<ApiKey> findByHash(String hash);

    boolean existsByScopeAndRevokedAtIsNull(String scope);

    List<ApiKey> findByIdGreaterThanOrderById(String after, Limit limit);
}
