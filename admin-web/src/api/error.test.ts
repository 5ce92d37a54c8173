import { ApiError, errorOf } from './error';
import { url } from './client';

function answer(status: number, body: string, headers: Record<string, string> = {}): Response {
  return new Response(body, { status, headers });
}

test('problem+json keeps its code, detail and further members', async () => {
  const error = await errorOf(answer(422, '{"code":"BUDGET_TOO_SMALL","detail":"no room","missingBytes":7}'));
  expect([error.status, error.code, error.message, error.members['missingBytes']]).toEqual([422, 'BUDGET_TOO_SMALL', 'no room', 7]);
});

test("OpenAI's errors are read too", async () => {
  const error = await errorOf(answer(404, '{"error":{"message":"not here","type":"x","code":"model_not_found"}}'));
  expect([error.code, error.message]).toEqual(['model_not_found', 'not here']);
});

test('HTML, nothing and nonsense are errors without a code', async () => {
  for (const body of ['<html><script>alert(1)</script></html>', '', 'null', '[1]', '{"code":5,"detail":{}}']) {
    const error = await errorOf(answer(500, body));
    expect([error.status, error.code], body).toEqual([500, '']);
    expect(error.message).toBe('The server answered 500 without saying why.');
  }
});

test('each status says what to do', async () => {
  const limited = await errorOf(answer(429, '{"code":"RATE_LIMITED","detail":"slow down"}', { 'Retry-After': '7' }));
  expect(limited.advice).toBe('Wait 7 s, then try again.');
  expect(limited.mayPass).toBe(true);
  const failed = await errorOf(answer(500, '{"code":"INTERNAL_ERROR","detail":"oops","errorId":"ab12"}'));
  expect(failed.advice).toContain('ab12');
  expect(new ApiError(403, 'FORBIDDEN', '').isForbidden).toBe(true);
  expect(new ApiError(400, 'REQUEST_INVALID', '').mayPass).toBe(false);
});

test('parts of addresses are escaped, absent values left out', () => {
  expect(url(['/models', 'a/b?<x>', '/tags'], { key: 'ö&', after: undefined, filter: '' })).toBe('/models/a%2Fb%3F%3Cx%3E/tags?key=%C3%B6%26');
});
