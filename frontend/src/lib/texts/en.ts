import core from '$text/core.en.json';
import ui from '$text/ui.en.json';
import type { Texts } from '$lib/i18n';

export const texts: Texts = { ...core, ...ui };
