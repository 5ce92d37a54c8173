import { keepPreviousData, QueryClient, useInfiniteQuery, useQueries, useQuery } from '@tanstack/react-query';
import { json, url } from './client';
import { ApiError } from './error';
import type { Page } from './types';

const MOST_TRIES = 3;

/** The cache of what the server said; what may pass is tried again, what will not is shown at once. */
export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: (failures, error) => failures < MOST_TRIES && error instanceof ApiError && error.mayPass,
        retryDelay: (failures, error) => {
          const asked = error instanceof ApiError ? error.members['retryAfterSeconds'] : undefined;
          return typeof asked === 'number' ? Math.min(30, asked) * 1000 : 500 * 2 ** failures;
        },
        networkMode: 'always',
        staleTime: 1000,
      },
      mutations: { networkMode: 'always' },
    },
  });
}

interface Options {
  /** How long after an answer the next is asked for; it rests while the tab is hidden, and of a list once many pages were read. */
  refreshMillis?: number;
  /** False to wait with asking. */
  isEnabled?: boolean;
}

/** Reads one resource. */
export function useRead<T>(path: string, { refreshMillis, isEnabled = true }: Options = {}) {
  return useQuery<T, Error>({
    queryKey: [path],
    queryFn: ({ signal }) => json<T>(path, { signal }),
    refetchInterval: refreshMillis ?? false,
    enabled: isEnabled,
    placeholderData: keepPreviousData,
  });
}

/** Reads several resources, in the order of their paths. */
export function useReads<T>(paths: string[]) {
  return useQueries({
    queries: paths.map((path) => ({ queryKey: [path], queryFn: ({ signal }: { signal: AbortSignal }) => json<T>(path, { signal }) })),
  });
}

/** Asks a question that is sent by POST and changes nothing. */
export function useAsk<T>(path: string, body: unknown, { refreshMillis, isEnabled = true }: Options = {}) {
  return useQuery<T, Error>({
    queryKey: [path, body],
    queryFn: ({ signal }) => json<T>(path, { method: 'POST', body, signal }),
    refetchInterval: refreshMillis ?? false,
    enabled: isEnabled,
    placeholderData: keepPreviousData,
  });
}

const LARGEST_PAGE = 200;

/** Reads a list page by page, its first `most` items at the most. */
export async function readAll<T>(parts: string[], most: number, signal?: AbortSignal): Promise<T[]> {
  const items: T[] = [];
  const limit = Math.min(most, LARGEST_PAGE);
  let after: string | number | null | undefined;
  do {
    const page: Page<T> = await json<Page<T>>(url(parts, { limit, after }), { signal });
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined && after !== null && items.length < most);
  return items.slice(0, most);
}

/** Reads the first `most` items of a list, however many pages they are on. */
export function useAll<T>(parts: string[], most: number, { refreshMillis, isEnabled = true }: Options = {}) {
  return useQuery<T[], Error>({
    queryKey: [url(parts), 'all', most],
    queryFn: ({ signal }) => readAll<T>(parts, most, signal),
    refetchInterval: refreshMillis ?? false,
    enabled: isEnabled,
  });
}

/** Reading many pages anew every few seconds would keep the server busier than the reader. */
const MOST_REFRESHED_PAGES = 3;

function items<T>(data: { pages: Page<T>[] }): T[] {
  return data.pages.flatMap((page) => page.items);
}

/** Reads a list page by page as the reader asks for more. */
export function usePages<T>(
  parts: string[],
  query: Record<string, string | number | boolean | undefined>,
  { refreshMillis, isEnabled = true }: Options = {},
) {
  return useInfiniteQuery<Page<T>, Error, T[], string[], string | number | undefined>({
    queryKey: [url(parts, query), 'pages'],
    queryFn: ({ pageParam, signal }) => json<Page<T>>(url(parts, { ...query, after: pageParam }), { signal }),
    initialPageParam: undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    select: items,
    refetchInterval: (read) => ((read.state.data?.pages.length ?? 0) > MOST_REFRESHED_PAGES ? false : (refreshMillis ?? false)),
    enabled: isEnabled,
  });
}
