// @vitest-environment jsdom
import { authorize, begin, currentSession, endReason, expire, left, restore } from './session';

afterEach(() => {
  left();
  vi.unstubAllGlobals();
});

test('a session of the gateway shows its token with each change and keeps no key', () => {
  begin({ name: 'ops', scope: 'admin', csrfToken: 'token' });
  expect(authorize('GET', {})).toEqual({});
  expect(authorize('POST', { Accept: 'x' })).toEqual({ Accept: 'x', 'BitStack-Csrf': 'token' });
  expect(sessionStorage).toHaveLength(0);
});

test('without a session nothing is shown', () => {
  begin({ name: 'ops', scope: 'admin', csrfToken: 'token' });
  left();
  expect(authorize('POST', {})).toEqual({});
});

test('a session that the server ended says why', () => {
  begin({ name: 'ops', scope: 'viewer', csrfToken: 'token' });
  expire('the session has ended');
  expect(currentSession()).toBeNull();
  expect(endReason()).toBe('the session has ended');
});

test('a reloaded page takes up the session of the cookie', async () => {
  const session = { name: 'ops', scope: 'admin', csrfToken: 'token' };
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify(session))));
  await restore();
  expect(currentSession()).toEqual(session);
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('{}', { status: 401 })));
  await restore();
  expect(currentSession()).toBeNull();
});
