import { noteAnswer, noteSilence } from './connection';
import { ApiError, errorOf } from './error';
import { authorize, expire } from '../session/session';

/** An answer that has not begun after so long is taken for lost. */
const PATIENCE_MILLIS = 30_000;

/** The gateway says so when what is behind it is away. */
const AWAY = ['REGISTRY_UNREACHABLE', 'SERVICE_UNREACHABLE'];

export interface Call {
  method?: string;
  /** Sent as JSON, unless it is text or bytes already. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** Milliseconds until the answer has to begin. */
  patienceMillis?: number;
}

/** Asks the platform with the session's credentials; an answer that is no success is thrown as an {@link ApiError}. */
export async function call(path: string, { method = 'GET', body, headers = {}, signal, patienceMillis }: Call = {}) {
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), patienceMillis ?? PATIENCE_MILLIS);
  const signals = signal ? [signal, waiting.signal] : [waiting.signal];
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: authorize(method, {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      }),
      body: body === undefined ? null : typeof body === 'string' || body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body),
      cache: 'no-store',
      credentials: 'same-origin',
      signal: AbortSignal.any(signals),
    });
  } catch (cause) {
    if (signal?.aborted) {
      throw cause;
    }
    noteSilence();
    throw new ApiError(
      0,
      '',
      waiting.signal.aborted ? 'The server has not answered in time.' : 'The server does not answer.',
    );
  } finally {
    clearTimeout(timer);
  }
  if (!response.ok) {
    const error = await errorOf(response);
    if (AWAY.includes(error.code)) {
      noteSilence();
    } else {
      noteAnswer();
    }
    if (error.status === 401) {
      expire(error.message);
    }
    throw error;
  }
  noteAnswer();
  return response;
}

/** Sends a request and reads the JSON that is answered; nothing where the answer is empty. */
export async function json<T>(path: string, options: Call = {}): Promise<T> {
  const response = await call(path, options);
  const text = await response.text();
  if (response.status === 204 || text === '') {
    return undefined as T;
  }
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new ApiError(
      response.status,
      '',
      'The server answered with something else than JSON. Is there another server, or a proxy, at this address?',
    );
  }
}

/** Puts parts of a path and a query together, each escaped; absent values are left out. */
export function url(parts: string[], query: Record<string, string | number | boolean | null | undefined> = {}): string {
  const path = parts.map((part) => (part.startsWith('/') ? part : `/${encodeURIComponent(part)}`)).join('');
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') {
      search.set(name, String(value));
    }
  }
  const text = search.toString();
  return text === '' ? path : `${path}?${text}`;
}
