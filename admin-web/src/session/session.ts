import { useSyncExternalStore } from 'react';
import type { Scope } from '../api/types';

/**
 * Who uses the page. This module alone knows how requests are authorized: by the gateway's cookie, which scripts cannot read, and a
 * token against requests from other sites.
 */
export interface Session {
  name: string;
  /** What it may do; null while that is not known. */
  scope: Scope | null;
  csrfToken?: string;
}

const SAFE = ['GET', 'HEAD'];

/** Undefined until {@link restore} has found out. */
let session: Session | null | undefined;
let reason = '';
const listeners = new Set<() => void>();

function become(next: Session | null, why: string) {
  session = next;
  reason = why;
  listeners.forEach((listener) => listener());
}

/** Takes up the session that the browser's cookie still has. */
export async function restore(): Promise<void> {
  try {
    const response = await fetch('/api/v1/session', { headers: { Accept: 'application/json' }, cache: 'no-store' });
    become(response.ok ? ((await response.json()) as Session) : null, '');
  } catch {
    become(null, 'The server did not answer when the page was opened');
  }
}

/** The headers of a request with those that say who asks. */
export function authorize(method: string, headers: Record<string, string>): Record<string, string> {
  return session?.csrfToken && !SAFE.includes(method) ? { ...headers, 'BitStack-Csrf': session.csrfToken } : headers;
}

/** The server no longer takes the session. */
export function expire(why: string): void {
  if (session) {
    become(null, why);
  }
}

export function begin(next: Session): void {
  become(next, '');
}

/** The user left. */
export function left(): void {
  become(null, '');
}

export function currentSession(): Session | null {
  return session ?? null;
}

/** Why the last session ended; empty when the user ended it or there was none. */
export function endReason(): string {
  return reason;
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The session; null when there is none, undefined while that is being found out. */
export function useSession(): Session | null | undefined {
  return useSyncExternalStore(subscribe, () => session);
}

/** What actions need; reading is open to all who may log in. */
export type Need = 'publish' | 'administer' | 'infer';

const ALLOWED: Record<Need, Scope[]> = {
  publish: ['admin', 'publisher'],
  administer: ['admin'],
  infer: ['admin', 'infer'],
};

/** Whether to offer an action; the server decides again when it is asked for. */
export function useMay(need: Need): boolean {
  const scope = useSession()?.scope;
  return scope === null || scope === undefined || ALLOWED[need].includes(scope);
}
