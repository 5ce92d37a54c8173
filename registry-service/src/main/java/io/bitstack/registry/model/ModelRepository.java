package io.bitstack.registry.model;

import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.Lock;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

/** Condemned models are invisible here but to those who ask for them. */
interface ModelRepository extends Repository<Model, Long> {
    Model saveAndFlush(Model model);

    @Query("select m from Model m where m.name = :name and m.condemnedAt is null")
    Optional<Model> find(String name);

    @Lock(LockModeType.PESSIMISTIC_WRITE)
    @Query("select m from Model m where m.name = :name and m.condemnedAt is null")
    Optional<Model> lock(String name);

    @Query("select m from Model m where m.name > :after and m.condemnedAt is null order by m.name")
    List<Model> list(String after, Limit limit);

    /** The condemned models of a name that were not purged yet, the last one first. */
    @Lock(LockModeType.PESSIMISTIC_WRITE)
    @Query("select m from Model m where m.name = :name and m.condemnedAt is not null"
            + " and m.purgedAt is null order by m.condemnedAt desc")
    List<Model> condemned(String name, Limit limit);

    @Query(nativeQuery = true, value = "select exists (select 1 from registry.deployments where model_id = :modelId)")
    boolean isDeployed(long modelId);

    /** The database's clock. */
    @Query(nativeQuery = true, value = "select clock_timestamp()")
    Instant now();
}
