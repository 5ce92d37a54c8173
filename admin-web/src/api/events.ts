import { call } from './client';
import { onWake } from './connection';

/** One server-sent event. */
export interface ServerEvent {
  name: string;
  data: string;
}

const LONGEST_EVENT = 4 * 1024 * 1024;

/** Takes a stream of server-sent events apart, wherever its pieces are cut; comments are left out. */
export class EventParser {
  private rest = '';

  /** The events that are whole with this piece. */
  take(piece: string): ServerEvent[] {
    this.rest += piece;
    if (this.rest.length > LONGEST_EVENT) {
      throw new Error('an event of the server is longer than this page reads');
    }
    const events: ServerEvent[] = [];
    for (;;) {
      const end = /\r?\n\r?\n/.exec(this.rest);
      if (!end) {
        return events;
      }
      const event = parse(this.rest.slice(0, end.index));
      this.rest = this.rest.slice(end.index + end[0].length);
      if (event) {
        events.push(event);
      }
    }
  }
}

function parse(block: string): ServerEvent | null {
  let name = 'message';
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') {
      name = value;
    } else if (field === 'data') {
      data.push(value);
    }
  }
  return data.length === 0 ? null : { name, data: data.join('\n') };
}

/** Reads an answer's events to its end; `onPiece` is told of whatever comes, comments too. */
export async function* eventsOf(response: Response, onPiece: () => void = () => undefined): AsyncGenerator<ServerEvent> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) {
    return;
  }
  const parser = new EventParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      onPiece();
      yield* parser.take(value);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

const FIRST_REST_MILLIS = 500;
const LONGEST_REST_MILLIS = 15_000;
/** The server says something every 15 s at least; a stream that is silent for longer is dead. */
const SILENCE_MILLIS = 50_000;

/**
 * Follows a stream until `onEvent` says that it was the last event, or the signal ends it; a stream that breaks off is asked for
 * again after longer and longer rests, and one that is silent for too long, or that the page has slept over, is taken for broken.
 */
export async function follow(
  path: string,
  signal: AbortSignal,
  onEvent: (event: ServerEvent) => boolean,
  onState: (isLive: boolean) => void,
): Promise<void> {
  let rest = FIRST_REST_MILLIS;
  while (!signal.aborted) {
    const broken = new AbortController();
    const give = () => broken.abort();
    let timer = setTimeout(give, SILENCE_MILLIS);
    const forget = onWake(give);
    try {
      const response = await call(path, { headers: { Accept: 'text/event-stream' }, signal: AbortSignal.any([signal, broken.signal]) });
      const onPiece = () => {
        clearTimeout(timer);
        timer = setTimeout(give, SILENCE_MILLIS);
      };
      for await (const event of eventsOf(response, onPiece)) {
        onState(true);
        rest = FIRST_REST_MILLIS;
        if (onEvent(event)) {
          return;
        }
      }
    } catch (cause) {
      if (signal.aborted) {
        return;
      }
      const status = (cause as { status?: number }).status;
      if (status === 401 || status === 403 || status === 404) {
        throw cause;
      }
    } finally {
      clearTimeout(timer);
      forget();
    }
    onState(false);
    await new Promise((resolve) => setTimeout(resolve, rest));
    rest = Math.min(LONGEST_REST_MILLIS, rest * 2);
  }
}
