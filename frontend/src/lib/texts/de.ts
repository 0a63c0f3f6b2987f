import core from '$text/core.de.json';
import ui from '$text/ui.de.json';
import type { Texts } from '$lib/i18n';

export const texts: Texts = { ...core, ...ui };
