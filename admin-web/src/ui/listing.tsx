import { Toolbar, ToolbarContent } from '@patternfly/react-core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ApiError } from '../api/error';
import { count } from './format';
import { Loaded, More } from './states';

type Query<T> = Pick<UseQueryResult<T[], Error>, 'data' | 'error' | 'refetch'> & {
  hasNextPage?: boolean;
  isFetchingNextPage?: boolean;
  fetchNextPage?: () => unknown;
};

interface Props<T> {
  query: Query<T>;
  /** What is listed, as in "the models". */
  what: string;
  /** Shown where there is nothing at all. */
  empty: ReactNode;
  /** Stands above the list once it was read, be it empty: a form for a new one, say. */
  head?: ReactNode;
  /** The bar of filters. It stays while the list is read anew, so that typing goes on. */
  filters?: ReactNode;
  /** Those of what was read that fit the filters, in the order in which they are shown. */
  pick?: ((items: T[]) => T[]) | undefined;
  /** Shown where nothing fits the filters. */
  noneFits?: ReactNode;
  /** How many are read at the most, where the list is read as a whole. */
  most?: number;
  children: (items: T[]) => ReactNode;
}

/**
 * A list with all that can become of it: it loads, fails, is out of date, is not for this reader, is empty, nothing of it fits, or is
 * longer than what was read.
 */
export function Listing<T>({ query, what, empty, head, filters, pick, noneFits, most, children }: Props<T>) {
  const { data, error } = query;
  const read = data?.length ?? 0;
  return (
    <>
      {data !== undefined && head}
      {filters && !(data === undefined && error instanceof ApiError && error.isForbidden) && (
        <Toolbar>
          <ToolbarContent>{filters}</ToolbarContent>
        </Toolbar>
      )}
      <Loaded query={query} what={what} isEmpty={(items) => items.length === 0} empty={empty}>
        {(items) => {
          const shown = pick ? pick(items) : items;
          return shown.length === 0 ? noneFits : children(shown);
        }}
      </Loaded>
      <More
        query={{
          hasNextPage: query.hasNextPage ?? false,
          isFetchingNextPage: query.isFetchingNextPage ?? false,
          fetchNextPage: () => query.fetchNextPage?.(),
        }}
      />
      {most !== undefined && read >= most && (
        <p role="status">
          Only the first {count(most)} of {what} are read.
        </p>
      )}
    </>
  );
}
