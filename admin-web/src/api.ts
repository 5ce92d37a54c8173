/** The parts of the platform's REST API that the page reads. Members that are absent do not apply. */

export interface Page<T> {
  items: T[];
  next?: string | null;
}

export interface Version {
  version: number;
  stackDigest: string;
  architecture: string;
  codec: string;
  weights: number;
  blocks: number;
  minimalBytes: number;
  sizeBytes: number;
  minimalBpw: number;
  bpw: number;
  fullPerplexity?: number | null;
  bestPerplexity?: number | null;
  createdAt: string;
}

/** A name that points at one version of a model. */
export interface Alias {
  alias: string;
  version: number;
}

export interface Model {
  name: string;
  description: string;
  createdAt: string;
  newest?: Version;
  aliases: Alias[];
}

export interface Ledger {
  blocksBytes: number;
  baseBytes: number;
  kvCacheBytes: number;
  scratchBytes: number;
}

export interface Node {
  name: string;
  state: string;
  budgetBytes: number;
  desiredBudgetBytes?: number | null;
  model?: string | null;
  version?: number | null;
  contextTokens?: number | null;
  blocks: number;
  heldBytes: number;
  ledger?: Ledger | null;
  bpw?: number | null;
  expectedPerplexity?: number | null;
  tokensPerSecond?: number | null;
  activeRequests?: number;
  queuedRequests?: number;
  problem?: string | null;
}

export interface Job {
  id: string;
  model: string;
  state: string;
  step?: string;
  matricesDone?: number;
  matricesTotal?: number;
  bytesWritten?: number;
  etaSeconds?: number | null;
  currentMatrix?: string | null;
  cancelRequested?: boolean;
  error?: { code: string; detail: string };
  version?: number | null;
  stackDigest?: string | null;
  createdAt: string;
  startedAt?: string | null;
  finishedAt?: string | null;
}

/** What the API said when it refused; `code` is empty when it did not answer in its own words. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }
}

/** Reads one resource with the given key. */
export async function get<T>(key: string, path: string, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api/v1/${path}`, {
      headers: { Authorization: `Bearer ${key}`, Accept: 'application/json' },
      cache: 'no-store',
      signal: signal ?? null,
    });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') {
      throw cause;
    }
    throw new ApiError(0, '', 'The gateway does not answer. Check that it runs and that you are online.');
  }
  if (!response.ok) {
    throw await problem(response);
  }
  return (await response.json()) as T;
}

const LARGEST_PAGE = 200;

/** Reads a list page by page, its first `most` items at the most. */
export async function list<T>(key: string, path: string, most: number, signal?: AbortSignal): Promise<T[]> {
  const items: T[] = [];
  const limit = Math.min(most, LARGEST_PAGE);
  let after: string | null | undefined;
  do {
    const query: string = after ? `?limit=${limit}&after=${encodeURIComponent(after)}` : `?limit=${limit}`;
    const page: Page<T> = await get<Page<T>>(key, path + query, signal);
    items.push(...page.items);
    after = page.next;
  } while (after && items.length < most);
  return items.slice(0, most);
}

async function problem(response: Response): Promise<ApiError> {
  const text = await response.text();
  try {
    const body = JSON.parse(text) as { code?: string; detail?: string };
    return new ApiError(response.status, body.code ?? '', body.detail ?? `The gateway answered ${response.status}.`);
  } catch {
    return new ApiError(response.status, '', `The gateway answered ${response.status} without saying why.`);
  }
}
