import { call, json } from '../api/client';
import { ApiError } from '../api/error';
import type { Scope } from '../api/types';
import { begin, currentSession, left, type Session } from './session';

/** How one can log in at this gateway; `oidc` where a provider is set up. */
export interface Methods {
  /** Whether the gateway keeps sessions itself. */
  hasSessions: boolean;
  oidc?: { name: string; url: string } | null;
}

export async function methods(): Promise<Methods> {
  const response = await fetch('/api/v1/session/methods', { headers: { Accept: 'application/json' }, cache: 'no-store' });
  if (!response.ok) {
    return { hasSessions: false };
  }
  return { ...((await response.json()) as Omit<Methods, 'hasSessions'>), hasSessions: true };
}

/** Opens a session with a key, or throws what the server says about it. */
export async function login(key: string): Promise<void> {
  const { hasSessions } = await methods().catch(() => {
    throw new ApiError(0, '', 'The server does not answer. Check that the gateway runs and that you are online.');
  });
  begin(hasSessions ? await json<Session>('/api/v1/session', { method: 'POST', body: { key } }) : await tried(key));
}

/** Tries a key, and finds out whether it is an admin's; what another key may do shows when it is used. */
async function tried(key: string): Promise<Session> {
  const headers = { Authorization: `Bearer ${key}` };
  await call('/api/v1/models?limit=1', { headers });
  let scope: Scope | null = null;
  try {
    await call('/api/v1/keys?limit=1', { headers });
    scope = 'admin';
  } catch (cause) {
    if (!(cause instanceof ApiError && cause.isForbidden)) {
      throw cause;
    }
  }
  return { key, name: '', scope };
}

/** Ends the session; also where the server cannot be told. */
export async function logout(): Promise<void> {
  const session = currentSession();
  try {
    if (session && !session.key) {
      await call('/api/v1/session', { method: 'DELETE' });
    }
  } finally {
    left();
  }
}
