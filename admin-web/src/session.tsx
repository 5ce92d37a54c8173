import { createContext, useContext } from 'react';

const STORED = 'bitstack.key';

/** The key of this tab; gone when the tab is closed, and never sent anywhere but to the gateway. */
export function storedKey(): string {
  return sessionStorage.getItem(STORED) ?? '';
}

export function storeKey(key: string): void {
  if (key) {
    sessionStorage.setItem(STORED, key);
  } else {
    sessionStorage.removeItem(STORED);
  }
}

export const KeyContext = createContext('');

/** The key that the page asks with. */
export function useKey(): string {
  return useContext(KeyContext);
}
