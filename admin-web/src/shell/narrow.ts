import { useSyncExternalStore } from 'react';

/** Whether a media query holds, and tells when that changes. */
function watched(query: string): () => boolean {
  const list = window.matchMedia(query);
  function subscribe(listener: () => void) {
    list.addEventListener('change', listener);
    return () => list.removeEventListener('change', listener);
  }
  return () => useSyncExternalStore(subscribe, () => list.matches);
}

/** Whether the window is as narrow as a phone, be it because it is zoomed in: the top of the page has room for few things. */
export const useIsNarrow = watched('(width < 768px)');

/** Whether the navigation lies over the page instead of beside it; PatternFly's style sheet changes at the same width. */
export const useIsOverlaid = watched('(width < 1200px)');
