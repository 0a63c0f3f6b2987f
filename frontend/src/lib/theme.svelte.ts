const dark = () => window.matchMedia('(prefers-color-scheme: dark)');

/** applyTheme settles "system" and puts the theme on the page. */
export function applyTheme(theme: string): void {
  const settled = theme === 'light' || theme === 'dark' ? theme : dark().matches ? 'dark' : 'light';
  document.documentElement.dataset.theme = settled;
}

/** followTheme keeps the page in the chosen theme, also when the system changes its own. */
export function followTheme(theme: () => string): void {
  $effect(() => {
    const chosen = theme();
    const apply = () => applyTheme(chosen);
    apply();
    const query = dark();
    query.addEventListener('change', apply);
    return () => query.removeEventListener('change', apply);
  });
}

/** isDark reports the theme that is on the page. */
export function isDark(): boolean {
  return document.documentElement.dataset.theme === 'dark';
}
