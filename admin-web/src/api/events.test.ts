// @vitest-environment jsdom
import { sleptSeconds, watchSleep } from './connection';
import { EventParser, follow } from './events';

const STREAM = ': hello\n\nevent:job\ndata:{"a":1}\n\nevent: job\r\ndata: one\r\ndata: two\r\n\r\ndata: [DONE]\n\n';

test('events are the same however the stream is cut', () => {
  const whole = new EventParser().take(STREAM);
  expect(whole).toEqual([
    { name: 'job', data: '{"a":1}' },
    { name: 'job', data: 'one\ntwo' },
    { name: 'message', data: '[DONE]' },
  ]);
  for (let cut = 1; cut < STREAM.length; cut += 1) {
    const parser = new EventParser();
    expect([...parser.take(STREAM.slice(0, cut)), ...parser.take(STREAM.slice(cut))], `cut at ${cut}`).toEqual(whole);
  }
});

test('an event without end is given up', () => {
  const parser = new EventParser();
  expect(() => {
    for (let i = 0; i < 6; i += 1) {
      parser.take('x'.repeat(1024 * 1024));
    }
  }).toThrow('longer than this page reads');
});

test('a stream over which the page slept, or that is silent for too long, is asked for again', async () => {
  vi.useFakeTimers();
  const stopWatching = watchSleep();
  let asked = 0;
  vi.stubGlobal('fetch', (_path: string, { signal }: RequestInit) => {
    asked += 1;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('event: job\ndata: 1\n\n'));
        signal?.addEventListener('abort', () => controller.error(new Error('aborted')));
      },
    });
    return Promise.resolve(new Response(body));
  });
  const ended = new AbortController();
  const events: string[] = [];
  const following = follow('/events', ended.signal, (event) => events.push(event.data) > 99, () => undefined);
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked).toBe(1);
  vi.setSystemTime(Date.now() + 3_600_000);
  await vi.advanceTimersByTimeAsync(6000);
  expect(asked).toBe(2);
  expect(sleptSeconds()).toBeGreaterThan(3500);
  await vi.advanceTimersByTimeAsync(52_000);
  expect(asked).toBe(3);
  expect(events).toEqual(['1', '1', '1']);
  ended.abort();
  await vi.advanceTimersByTimeAsync(20_000);
  await following;
  stopWatching();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});
