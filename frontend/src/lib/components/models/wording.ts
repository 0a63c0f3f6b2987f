import type { CatalogModel, ModelVerdict } from '$lib/api.gen';
import type { Kontor } from '$lib/stores/kontor.svelte';

/** why is the verdict's reason as a sentence. */
export function why(kontor: Kontor, verdict: ModelVerdict, role: string): string {
  const { t, i18n } = kontor;
  if (verdict.reason === 'slow' && role !== 'chat') return t('models.reason.slow_reading');
  if (verdict.reason === 'slow' && verdict.level === 'no') return t('models.reason.too_slow');
  return t(`models.reason.${verdict.reason}`, {
    need: i18n.bytes(verdict.needBytes),
    have: i18n.bytes(verdict.haveBytes),
  });
}

/** rate tells how fast answers come, or nothing. */
export function rate(kontor: Kontor, verdict: ModelVerdict): string {
  if (verdict.rate <= 0 || verdict.level === 'no') return '';
  const tokens = kontor.i18n.number(verdict.rate, verdict.rate < 10 ? 1 : 0);
  return kontor.t(verdict.rateMeasured ? 'models.rate_measured' : 'models.rate', { rate: tokens });
}

/** parameters names the size of a model as its maker would. */
export function parameters(kontor: Kontor, model: CatalogModel): string {
  const { t, i18n } = kontor;
  const short = (value: number) => i18n.number(value / 1e9, value < 10e9 ? 1 : 0);
  if (model.parameters < 1e9)
    return model.parameters > 0 ? t('models.millions', { count: i18n.number(model.parameters / 1e6) }) : '';
  if (model.active > 0 && model.active < model.parameters)
    return t('models.billions_active', { count: short(model.parameters), active: short(model.active) });
  return t('models.billions', { count: short(model.parameters) });
}

/** languages names the languages a model was made for. */
export function languages(kontor: Kontor, codes: string[]): string {
  const names = new Intl.DisplayNames(kontor.language, { type: 'language' });
  return codes
    .map((code) => (code === 'multilingual' ? kontor.t('models.multilingual') : (names.of(code) ?? code)))
    .join(', ');
}
