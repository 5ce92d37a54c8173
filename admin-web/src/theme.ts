const DARK = 'pf-v6-theme-dark';

/** Follows the reader's system between light and dark. */
export function followSystemTheme(): void {
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const apply = () => document.documentElement.classList.toggle(DARK, dark.matches);
  dark.addEventListener('change', apply);
  apply();
}
