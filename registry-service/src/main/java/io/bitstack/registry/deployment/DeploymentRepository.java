package io.bitstack.registry.deployment;

import java.util.List;
import java.util.Optional;
import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

interface DeploymentRepository extends Repository<Deployment, Long> {
    Deployment saveAndFlush(Deployment deployment);

    Optional<Deployment> findById(long id);

    void delete(Deployment deployment);

    @Query("select d from Deployment d where d.id > :after order by d.id")
    List<Deployment> list(long after, Limit limit);

    @Query("select d from Deployment d order by d.id desc")
    List<Deployment> newestFirst(Limit limit);
}
