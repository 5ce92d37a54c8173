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

/** More rows than this make a table that nobody reads. */
const MOST_ROWS = 2000;

interface Source<T> {
  /** What the list holds, in the plural. */
  title: string;
  /** Path of the list below /api/v1. */
  path: string;
  /** How long after an answer the next is asked for, given the answer; a number when it is always the same. */
  refreshMillis: number | ((items: T[]) => number);
  /** Only the first of a long list are read. */
  most?: number;
  empty: string;
}

interface Props<T> extends Source<T> {
  children: (items: T[], titleId: string) => ReactNode;
}

function useList<T>({ path, refreshMillis, most = MOST_ROWS }: Source<T>) {
  const key = useKey();
  return useQuery({
    queryKey: [path, key],
    queryFn: ({ signal }) => list<T>(key, path, most, signal),
    refetchInterval: ({ state }) =>
      typeof refreshMillis === 'number' ? refreshMillis : refreshMillis(state.data ?? []),
  });
}

/** A titled list from the API in a card of its own. */
export function ListSection<T>(props: Props<T>) {
  const titleId = useId();
  const { data, error } = useList<T>(props);
  const { title, empty, most, children } = props;
  return (
    <Card component="section" aria-labelledby={titleId}>
      <CardTitle>
        <Title headingLevel="h2" id={titleId}>
          {title}
          {data && data.length > 0 ? ` (${data.length === most ? `the newest ${most}` : data.length})` : ''}
        </Title>
      </CardTitle>
      <CardBody>
        <ListState title={title} empty={empty} isEmpty={data?.length === 0} isLoaded={data !== undefined} error={error} />
        {data && data.length > 0 && children(data, titleId)}
      </CardBody>
    </Card>
  );
}

/** A list from the API inside of something that has a title already. */
export function NestedList<T>(props: Source<T> & { children: (items: T[]) => ReactNode }) {
  const { data, error } = useList<T>(props);
  return (
    <>
      <ListState
        title={props.title}
        empty={props.empty}
        isEmpty={data?.length === 0}
        isLoaded={data !== undefined}
        error={error}
      />
      {data && data.length > 0 && props.children(data)}
    </>
  );
}

interface State {
  title: string;
  empty: string;
  isEmpty: boolean;
  isLoaded: boolean;
  error: Error | null;
}

/** Says in a list's place that it is loading, empty or failing. */
function ListState({ title, empty, isEmpty, isLoaded, error }: State) {
  return (
    <>
      {error && (
        <Alert
          variant={isLoaded ? 'warning' : 'danger'}
          isInline
          component="p"
          title={`${title}: ${isLoaded ? 'no longer up to date' : 'could not be read'}`}
        >
          {error.message}
          {error instanceof ApiError && error.code ? ` (${error.code})` : ''}
        </Alert>
      )}
      {!isLoaded && !error && <Skeleton height="4rem" screenreaderText={`${title}: loading`} />}
      {isEmpty && (
        <EmptyState titleText={`No ${title.toLowerCase()} yet`} headingLevel="h3" variant="sm">
          <EmptyStateBody>{empty}</EmptyStateBody>
        </EmptyState>
      )}
    </>
  );
}
