/** Looks are the values of the settings about how the window looks. */
export interface Looks {
  theme: string;
  contrast: string;
  accent: string;
  text: string;
  density: string;
  width: string;
}

const remembered = 'kontor.looks';
const plain: Looks = {
  ...{ theme: 'system', contrast: 'system', accent: 'teal' },
  ...{ text: 'normal', density: 'comfortable', width: 'narrow' },
};

const dark = () => window.matchMedia('(prefers-color-scheme: dark)');
const strong = () => window.matchMedia('(prefers-contrast: more)');

/** applyLooks settles what follows the system and puts all on the page. */
export function applyLooks(looks: Looks): void {
  const { theme, contrast, accent, text, density, width } = looks;
  const page = document.documentElement.dataset;
  page.theme = theme === 'light' || theme === 'dark' ? theme : dark().matches ? 'dark' : 'light';
  page.contrast = contrast === 'high' || strong().matches ? 'high' : 'normal';
  page.accent = accent;
  page.text = text;
  page.density = density;
  page.width = width;
}

/** applyRemembered shows the page as it was last, before its settings are known. */
export function applyRemembered(): void {
  let last: Partial<Looks> = {};
  try {
    last = JSON.parse(window.localStorage.getItem(remembered) ?? '{}') as Partial<Looks>;
  } catch {
    // Without a memory the page begins plain.
  }
  applyLooks({ ...plain, ...last });
}

/** followLooks keeps the page as it was chosen, also when the system changes its own. */
export function followLooks(chosen: () => Looks | undefined): void {
  $effect(() => {
    const looks = chosen();
    if (!looks) return;
    const apply = () => applyLooks(looks);
    apply();
    try {
      window.localStorage.setItem(remembered, JSON.stringify(looks));
    } catch {
      // It is only for the first picture.
    }
    const queries = [dark(), strong()];
    for (const query of queries) query.addEventListener('change', apply);
    return () => {
      for (const query of queries) query.removeEventListener('change', apply);
    };
  });
}

/** isDark reports the theme that is on the page. */
export function isDark(): boolean {
  return document.documentElement.dataset.theme === 'dark';
}
