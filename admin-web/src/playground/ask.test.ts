import { ask, type Measured, type Question } from './chat';

const QUESTION: Question = { model: 'prose', node: 'edge', messages: [], maxTokens: 5, temperature: 0, topP: 1, seed: null };

/** A stream of server-sent events that says the pieces and then stands still, as one does that is stopped. */
function answering(pieces: string[], isEnded: boolean): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (data: string) => controller.enqueue(new TextEncoder().encode(`data: ${data}\n\n`));
      pieces.forEach((content) => send(JSON.stringify({ choices: [{ delta: { content } }] })));
      if (isEnded) {
        send(JSON.stringify({ choices: [{ delta: {}, finish_reason: 'stop' }], usage: { completion_tokens: 7 } }));
        send('[DONE]');
        controller.close();
      }
    },
  });
  return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
}

afterEach(() => vi.unstubAllGlobals());

test('an answer is measured while it comes and when it is over', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(answering(['It', ' was'], true)));
  const seen: [string, Measured][] = [];
  const whole = await ask(QUESTION, new AbortController().signal, (piece, soFar) => seen.push([piece, soFar]));
  expect(seen.map(([piece, { tokens, finishReason }]) => [piece, tokens, finishReason])).toEqual([
    ['It', 1, ''],
    [' was', 2, ''],
  ]);
  expect(seen[0]?.[1].tokensPerSecond).toBeNull();
  expect(seen[1]?.[1].firstTokenMillis).toBeGreaterThanOrEqual(0);
  // The server counts tokens; a piece may be several.
  expect(whole).toMatchObject({ tokens: 7, finishReason: 'stop' });
});

test('an answer that breaks off says so', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('data: [DONE]\n\n', { headers: { 'Content-Type': 'text/event-stream' } })));
  await expect(ask(QUESTION, new AbortController().signal, () => undefined)).rejects.toThrow('The answer broke off.');
});
