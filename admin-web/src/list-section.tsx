import {
  Alert,
  Card,
  CardBody,
  CardTitle,
  EmptyState,
  EmptyStateBody,
  Skeleton,
  Title,
} from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useId, type ReactNode } from 'react';
import { ApiError, list } from './api';
import { useKey } from './session';

interface Props<T> {
  title: string;
  /** Path of the list below /api/v1. */
  path: string;
  refreshMillis: number;
  empty: string;
  children: (items: T[], titleId: string) => ReactNode;
}

/** A titled list from the API that stays up to date: what is loading, empty or failing is said in its place. */
export function ListSection<T>({ title, path, refreshMillis, empty, children }: Props<T>) {
  const key = useKey();
  const titleId = useId();
  const { data, error } = useQuery({
    queryKey: [path, key],
    queryFn: ({ signal }) => list<T>(key, path, signal),
    refetchInterval: refreshMillis,
  });
  return (
    <Card component="section" aria-labelledby={titleId}>
      <CardTitle>
        <Title headingLevel="h2" id={titleId}>
          {title}
          {data && data.length > 0 ? ` (${data.length})` : ''}
        </Title>
      </CardTitle>
      <CardBody>
        {error && (
          <Alert variant="danger" isInline title={`${title}: ${data ? 'no longer up to date' : 'could not be read'}`}>
            {error.message}
            {error instanceof ApiError && error.code ? ` (${error.code})` : ''}
          </Alert>
        )}
        {!data && !error && <Skeleton height="6rem" screenreaderText={`${title}: loading`} />}
        {data && data.length === 0 && (
          <EmptyState titleText={`No ${title.toLowerCase()} yet`} headingLevel="h3" variant="sm">
            <EmptyStateBody>{empty}</EmptyStateBody>
          </EmptyState>
        )}
        {data && data.length > 0 && children(data, titleId)}
      </CardBody>
    </Card>
  );
}
