import type { Model, Provider } from '$lib/api.gen';
import type { Kontor } from '$lib/stores/kontor.svelte';

/** Chosen is what answers next in the open chat. */
export interface Chosen {
  model: Model | undefined;
  /** A provider's model that is not to be had now: its server is silent, off or gone. */
  missing: string;
  /** How far away text goes, '' if it stays on this computer. */
  leaves: '' | Exclude<Provider['place'], 'this_computer'>;
}

// The program names the models of providers this way; see app/providermodels.go.
const providerModel = /^@[^/]+\/(.+)$/;

/** chosenModel looks who answers next. */
export function chosenModel(kontor: Kontor): Chosen {
  const models = kontor.preferences.models?.models ?? [];
  const wanted = kontor.conversation.chat?.model ?? '';
  const found = models.find(({ name }) => name === wanted);
  const missing = providerModel.exec(wanted)?.[1] ?? '';
  if (!found && missing !== '' && kontor.preferences.models) return { model: undefined, missing, leaves: '' };
  const model = found ?? models.find((one) => one.default) ?? models[0];
  const place = model?.place;
  return { model, missing: '', leaves: place === 'company' || place === 'hosted' ? place : '' };
}

/** localModel is what answers on this computer, undefined if nothing can. */
export function localModel(kontor: Kontor): Model | undefined {
  const here = (kontor.preferences.models?.models ?? []).filter(({ provider }) => provider === '');
  return here.find((model) => model.default) ?? here[0];
}

/** useModel lets another model answer in the open chat from now on. */
export async function useModel(kontor: Kontor, model: string): Promise<boolean> {
  const { id } = kontor.conversation;
  if (id === '') return false;
  return kontor.attempt(async () =>
    kontor.conversation.put(await kontor.backend.call('chats.update', { id, model })),
  );
}
