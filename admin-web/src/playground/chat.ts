import { call } from '../api/client';
import { ApiError } from '../api/error';
import { eventsOf } from '../api/events';

export interface Message {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/** What a chat is asked with. */
export interface Question {
  model: string;
  /** The node that has to answer; the best one where it is empty. */
  node: string;
  messages: Message[];
  maxTokens: number;
  temperature: number;
  topP: number;
  seed: number | null;
}

/** How an answer went. */
export interface Measured {
  tokens: number;
  /** Of the tokens after the first. */
  tokensPerSecond: number | null;
  firstTokenMillis: number | null;
  /** Empty while it is not over, and when it was stopped. */
  finishReason: string;
}

/** The body that both the page and the copied command send. */
export function bodyOf(question: Question): object {
  return {
    model: question.model,
    messages: question.messages,
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: question.maxTokens,
    temperature: question.temperature,
    top_p: question.topP,
    ...(question.seed === null ? {} : { seed: question.seed }),
  };
}

interface Chunk {
  choices?: { delta?: { content?: string | null }; finish_reason?: string | null }[];
  usage?: { completion_tokens?: number } | null;
  error?: { message?: string; code?: string };
}

/** Streams an answer; `onPiece` is given each piece of it, and how it goes so far. */
export async function ask(question: Question, signal: AbortSignal, onPiece: (text: string, soFar: Measured) => void): Promise<Measured> {
  const start = performance.now();
  const response = await call('/v1/chat/completions', {
    method: 'POST',
    body: bodyOf(question),
    headers: { Accept: 'text/event-stream', ...(question.node ? { 'BitStack-Node': question.node } : {}) },
    signal,
    patienceMillis: 600_000,
  });
  let first: number | null = null;
  let last = start;
  let pieces = 0;
  let tokens: number | null = null;
  let finishReason = '';

  function measured(): Measured {
    const counted = tokens ?? pieces;
    const seconds = first === null ? 0 : (last - first) / 1000;
    return {
      tokens: counted,
      tokensPerSecond: seconds > 0 && counted > 1 ? (counted - 1) / seconds : null,
      firstTokenMillis: first === null ? null : first - start,
      finishReason,
    };
  }

  for await (const event of eventsOf(response)) {
    if (event.data === '[DONE]') {
      break;
    }
    const chunk = JSON.parse(event.data) as Chunk;
    if (chunk.error) {
      throw new ApiError(response.status, chunk.error.code ?? '', chunk.error.message ?? 'The node failed.');
    }
    const choice = chunk.choices?.[0];
    if (choice?.delta?.content) {
      last = performance.now();
      first ??= last;
      pieces += 1;
      onPiece(choice.delta.content, measured());
    }
    finishReason = choice?.finish_reason ?? finishReason;
    tokens = chunk.usage?.completion_tokens ?? tokens;
  }
  if (finishReason === '') {
    throw new ApiError(0, '', 'The answer broke off.');
  }
  return measured();
}

/** The same request for a shell; the key stands in a variable, so that it is not copied. */
export function curl(origin: string, question: Question): string {
  const quoted = JSON.stringify(bodyOf(question)).replaceAll("'", String.raw`'\''`);
  return [
    `curl -N ${origin}/v1/chat/completions`,
    `-H "Authorization: Bearer $BITSTACK_KEY"`,
    `-H 'Content-Type: application/json'`,
    ...(question.node ? [`-H 'BitStack-Node: ${question.node}'`] : []),
    `-d '${quoted}'`,
  ].join(' \\\n  ');
}
