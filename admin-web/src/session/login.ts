import { call, json } from '../api/client';
import { begin, currentSession, left, type Session } from './session';

/** How one can log in at this gateway besides with a key; `oidc` where a provider is set up. */
export interface Methods {
  oidc?: { name: string; url: string } | null;
}

export function methods(): Promise<Methods> {
  return json<Methods>('/api/v1/session/methods');
}

/** Opens a session with a key, or throws what the server says about it. */
export async function login(key: string): Promise<void> {
  begin(await json<Session>('/api/v1/session', { method: 'POST', body: { key } }));
}

/** Ends the session; also where the server cannot be told. */
export async function logout(): Promise<void> {
  try {
    if (currentSession()) {
      await call('/api/v1/session', { method: 'DELETE' });
    }
  } finally {
    left();
  }
}
