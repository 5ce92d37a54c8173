import { useSyncExternalStore } from 'react';

/** As wide as PatternFly's smallest tablet: below it the top of the page has room for one row of few things. */
const narrow = window.matchMedia('(width < 768px)');

function subscribe(listener: () => void) {
  narrow.addEventListener('change', listener);
  return () => narrow.removeEventListener('change', listener);
}

/** Whether the window is as narrow as a phone, be it because it is zoomed in. */
export function useIsNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => narrow.matches);
}
