import { EventParser } from './events';

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
