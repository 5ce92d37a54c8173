import { useSyncExternalStore } from 'react';

export type Theme = 'system' | 'light' | 'dark';

const CLASS = 'pf-v6-theme-dark';
const STORED = 'bitstack.theme';
const dark = window.matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

function stored(): Theme {
  const value = localStorage.getItem(STORED);
  return value === 'light' || value === 'dark' ? value : 'system';
}

let theme = stored();

function isDark(): boolean {
  return theme === 'dark' || (theme === 'system' && dark.matches);
}

function apply() {
  document.documentElement.classList.toggle(CLASS, isDark());
  listeners.forEach((listener) => listener());
}

/** Follows the reader's system between light and dark, until the reader chooses. */
export function startTheme(): void {
  dark.addEventListener('change', apply);
  apply();
}

export function chooseTheme(next: Theme): void {
  theme = next;
  localStorage.setItem(STORED, next);
  apply();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, () => theme);
}

/** Whether the page is dark now; plots are drawn anew when it changes. */
export function useIsDark(): boolean {
  return useSyncExternalStore(subscribe, isDark);
}
