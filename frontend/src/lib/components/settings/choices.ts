import type { Setting } from '$lib/api.gen';
import { dictation } from '$lib/dictation/dictation.svelte';
import type { Kontor } from '$lib/stores/kontor.svelte';

/** Choices are what a setting that holds a name can be set to now. */
export interface Choices {
  /** What is chosen; "" is `none`. */
  value: string;
  /** What no name means. */
  none: string;
  list: { value: string; label: string }[];
}

/** modelChoices are the models that answer questions. */
export function modelChoices({ preferences, t }: Kontor, value: string): Choices {
  const models = preferences.models?.models ?? [];
  const list = models.map(({ name, label }) => ({ value: name, label: label || name }));
  return { value, none: t('settings.model_auto'), list };
}

/** choicesOf are those of a setting whose value is the name of something, else undefined. */
export function choicesOf({ key, value }: Setting, kontor: Kontor): Choices | undefined {
  const { assistants, t } = kontor;
  switch (key) {
    case 'chat.model':
      return modelChoices(kontor, value);
    case 'dictation.model': {
      const none = t(dictation.models.length === 0 ? 'dictation.model_none' : 'dictation.model_auto');
      const list = dictation.models.map(({ name, label, provider }) => ({
        value: name,
        label: `${label} · ${provider}`,
      }));
      return { value, none, list };
    }
    case 'assistants.default': {
      // An assistant can be set by its id or its name; which one that is stands in the list.
      const found = value === '' ? '' : (assistants.list?.defaultId ?? '');
      const list = assistants.all.map(({ id, name }) => ({ value: id, label: name }));
      return { value: found || value, none: t('settings.assistant_none'), list };
    }
  }
  return undefined;
}
