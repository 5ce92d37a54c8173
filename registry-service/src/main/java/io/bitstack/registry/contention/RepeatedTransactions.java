package io.bitstack.registry.contention;

import io.bitstack.registry.error.ErrorCode;
import io.bitstack.service.ApiException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.core.retry.RetryException;
import org.springframework.core.retry.RetryPolicy;
import org.springframework.core.retry.RetryTemplate;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Does a transaction again that PostgreSQL ended for the sake of another one: of those that wait for each other in a circle it gives up
 * one, and that one would have succeeded alone. Rows are locked in one order everywhere, so that this ought not to happen.
 */
final class RepeatedTransactions implements MethodInterceptor {
    private static final Logger LOG = LoggerFactory.getLogger(RepeatedTransactions.class);
    /** {@code serialization_failure}, {@code deadlock_detected}. */
    private static final Set<String> FOR_OTHERS_SAKE = Set.of("40001", "40P01");

    private final RetryTemplate again = new RetryTemplate(RetryPolicy.builder()
            .maxRetries(4)
            .delay(Duration.ofMillis(20))
            .jitter(Duration.ofMillis(20))
            .multiplier(2)
            .predicate(RepeatedTransactions::isForOthersSake)
            .build());

    @Override
    public @Nullable Object invoke(MethodInvocation call) throws Throwable {
        if (TransactionSynchronizationManager.isActualTransactionActive()) {
            return call.proceed(); // a part of a transaction cannot be done again alone
        }
        try {
            return again.execute(
                    () -> ((ProxyMethodInvocation) call).invocableClone().proceed());
        } catch (RetryException e) {
            Throwable last = Objects.requireNonNull(e.getCause());
            if (!isForOthersSake(last)) {
                throw last;
            }
            LOG.warn("{} was given up: others were in its way each time", call.getMethod(), last);
            throw new ApiException(
                    ErrorCode.CONTENDED,
                    "others changed the same at the same time, several times over; nothing was changed, send the request again",
                    last);
        }
    }

    private static boolean isForOthersSake(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && FOR_OTHERS_SAKE.contains(String.valueOf(sql.getSQLState()))) {
                return true;
            }
        }
        return false;
    }
}
