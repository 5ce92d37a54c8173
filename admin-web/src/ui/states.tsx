import { Alert, AlertActionLink, Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter, Skeleton } from '@patternfly/react-core';
import { LockIcon, SearchIcon } from '@patternfly/react-icons';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ApiError } from '../api/error';

/** What went wrong, its code and what to do; with a button where trying again may help. */
export function Failure({ error, title, onRetry }: { error: Error; title: string; onRetry?: (() => void) | undefined }) {
  const known = error instanceof ApiError ? error : null;
  return (
    <Alert
      variant="danger"
      isInline
      component="p"
      title={known?.code ? `${title}: ${known.code}` : title}
      actionLinks={onRetry && <AlertActionLink onClick={onRetry}>Try again</AlertActionLink>}
    >
      <p>
        <bdi className="user-text">{error.message}</bdi>
      </p>
      {known && <p>{known.advice}</p>}
    </Alert>
  );
}

/** Says what could not be read of that which a page shows besides its main thing; nothing where all is well. */
export function Missing({ query, what }: { query: Pick<UseQueryResult<unknown, Error>, 'data' | 'error' | 'refetch'>; what: string }) {
  return query.error && query.data === undefined ? <Failure error={query.error} title={`Could not read ${what}`} onRetry={() => void query.refetch()} /> : null;
}

/** Stands where something is that the session may not see. */
export function NoPermission({ what }: { what: string }) {
  return (
    <EmptyState titleText={`You may not see ${what}`} headingLevel="h2" icon={LockIcon} variant="sm">
      <EmptyStateBody>The key that you logged in with has another scope. Log in with a key that may, or ask an admin.</EmptyStateBody>
    </EmptyState>
  );
}

/** Says that there is nothing, and what to do about it. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <EmptyState titleText={title} headingLevel="h2" variant="sm" icon={SearchIcon}>
      {children && <EmptyStateBody>{children}</EmptyStateBody>}
      {action && (
        <EmptyStateFooter>
          <EmptyStateActions>{action}</EmptyStateActions>
        </EmptyStateFooter>
      )}
    </EmptyState>
  );
}

interface Props<T> {
  query: Pick<UseQueryResult<T, Error>, 'data' | 'error' | 'refetch'>;
  /** What is read, as in "the models". */
  what: string;
  isEmpty?: (data: T) => boolean;
  /** Shown instead when it is empty. */
  empty?: ReactNode;
  children: (data: T) => ReactNode;
}

/** Shows what was read, or that it is loading, failing, empty or not for this reader. */
export function Loaded<T>({ query, what, isEmpty, empty, children }: Props<T>) {
  const { data, error, refetch } = query;
  if (data === undefined) {
    if (!error) {
      return (
        <div className="loading" aria-busy="true">
          <Skeleton height="1.5rem" width="40%" screenreaderText={`Loading ${what}`} />
          <Skeleton height="6rem" />
        </div>
      );
    }
    if (error instanceof ApiError && error.isForbidden) {
      return <NoPermission what={what} />;
    }
    return <Failure error={error} title={`Could not read ${what}`} onRetry={() => void refetch()} />;
  }
  return (
    <>
      {error && (
        <Alert
          variant="warning"
          isInline
          component="p"
          className="stale"
          title={`${what[0]?.toUpperCase() ?? ''}${what.slice(1)}: no longer up to date`}
        >
          {error.message}
        </Alert>
      )}
      {isEmpty?.(data) ? empty : children(data)}
    </>
  );
}

interface MoreProps {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
}

/** Reads the next page of a list. */
export function More({ query }: MoreProps) {
  if (!query.hasNextPage) {
    return null;
  }
  return (
    <Button
      variant="secondary"
      className="more"
      isLoading={query.isFetchingNextPage}
      isDisabled={query.isFetchingNextPage}
      onClick={() => void query.fetchNextPage()}
    >
      Show more
    </Button>
  );
}
