import { useSyncExternalStore } from 'react';

/** Whether the platform answers: `again` for a while after it came back. */
export type Connection = 'up' | 'down' | 'again';

const SAY_AGAIN_MILLIS = 6000;

let connection: Connection = 'up';
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function become(next: Connection) {
  if (next !== connection) {
    connection = next;
    listeners.forEach((listener) => listener());
  }
}

/** A request got no answer, or the gateway got none. */
export function noteSilence(): void {
  clearTimeout(timer);
  become('down');
}

/** A request was answered, whatever the answer says. */
export function noteAnswer(): void {
  if (connection === 'down') {
    become('again');
    timer = setTimeout(() => become('up'), SAY_AGAIN_MILLIS);
  }
}

export function useConnection(): Connection {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => connection,
  );
}
