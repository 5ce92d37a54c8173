import { useSyncExternalStore } from 'react';

/** Whether the platform answers: `again` for a while after it came back, `woke` after the page itself slept. */
export type Connection = 'up' | 'down' | 'again' | 'woke';

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

const LOOK_MILLIS = 5000;
/** Browsers let the timers of hidden tabs run once a minute; what rested longer slept. */
const SLEPT_MILLIS = 120_000;

let slept = 0;
const wakers = new Set<() => void>();

/** How long the page slept last, in seconds. */
export function sleptSeconds(): number {
  return slept;
}

/** Calls back when the page wakes: connections that were open before are dead, though nobody has said so. */
export function onWake(waker: () => void): () => void {
  wakers.add(waker);
  return () => wakers.delete(waker);
}

/** Watches the clock: where it has jumped, the computer or the tab slept. */
export function watchSleep(): () => void {
  let last = Date.now();
  const look = () => {
    const rested = Date.now() - last;
    last = Date.now();
    if (rested > SLEPT_MILLIS) {
      slept = Math.round(rested / 1000);
      clearTimeout(timer);
      become('woke');
      timer = setTimeout(() => become('up'), SAY_AGAIN_MILLIS);
      wakers.forEach((waker) => waker());
    }
  };
  const interval = setInterval(look, LOOK_MILLIS);
  document.addEventListener('visibilitychange', look);
  return () => {
    clearInterval(interval);
    document.removeEventListener('visibilitychange', look);
  };
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
