import type {
  Problem,
  RefusedFile,
  TableColumn,
  TableCondition,
  TableDocument,
  TableOutcome,
  TableQuestion,
  TableSheet,
} from '$lib/api.gen';
import { isAbort, problemOf } from '$lib/backend/backend';
import type { TextKey } from '$lib/i18n';
import type { Kontor } from '$lib/stores/kontor.svelte';

export const operators = [
  'equals',
  'not_equals',
  'contains',
  'less',
  'at_most',
  'greater',
  'at_least',
  'empty',
  'not_empty',
] as const;
export const measures = ['rows', 'count', 'sum', 'average', 'minimum', 'maximum'] as const;

/** TableForm is a question to a table that a person puts together. */
export class TableForm {
  documents = $state.raw<TableDocument[]>([]);
  sheets = $state.raw<TableSheet[]>([]);
  refused = $state.raw<RefusedFile[]>([]);
  documentId = $state('');
  sheet = $state('');
  conditions = $state<TableCondition[]>([]);
  measure = $state<TableQuestion['measure']>('rows');
  column = $state('');
  groupBy = $state('');
  outcome = $state.raw<TableOutcome | undefined>(undefined);
  problem = $state.raw<Problem | undefined>(undefined);
  loading = $state(true);

  constructor(private readonly kontor: Kontor) {}

  get shown(): TableSheet | undefined {
    return this.sheets.find((one) => one.source.sheet === this.sheet);
  }

  get columns(): TableColumn[] {
    return this.shown?.columns ?? [];
  }

  /** measurable are the columns the measure can be of. */
  get measurable(): TableColumn[] {
    const dates = this.measure === 'minimum' || this.measure === 'maximum';
    return this.columns.filter(({ type }) => type === 'number' || (dates && type === 'date'));
  }

  get needsColumn(): boolean {
    return this.measure !== 'rows' && this.measure !== 'count';
  }

  async start(documentId: string): Promise<void> {
    await this.#try(async () => {
      const conversation = this.kontor.conversation;
      const request = { chatId: conversation.id, collectionIds: this.kontor.newChatCollections };
      const { documents } = await this.kontor.backend.call('tables.list', request);
      this.documents = documents ?? [];
      const first = this.documents.find((one) => one.id === documentId) ?? this.documents[0];
      if (first) await this.#open(first.id);
      else this.problem = { code: 'no_table' };
    });
    this.loading = false;
  }

  async choose(documentId: string): Promise<void> {
    this.loading = true;
    await this.#try(() => this.#open(documentId));
    this.loading = false;
  }

  chooseSheet(sheet: string): void {
    this.sheet = sheet;
    this.conditions = [];
    this.column = '';
    this.groupBy = '';
    this.outcome = undefined;
  }

  addCondition(): void {
    const column = this.columns[0];
    if (column) this.conditions.push({ column: column.name, operator: 'equals', value: '' });
  }

  /** question is what was put together, undefined while something is missing. */
  get question(): TableQuestion | undefined {
    const shown = this.shown;
    if (!shown) return undefined;
    const column = this.needsColumn ? this.measured : '';
    if (this.needsColumn && column === '') return undefined;
    const conditions = this.conditions.filter(
      ({ operator, value }) => operator === 'empty' || operator === 'not_empty' || value.trim() !== '',
    );
    const groupBy = this.measure === 'rows' ? '' : this.groupBy;
    return { source: shown.source, conditions, measure: this.measure, column, groupBy };
  }

  async run(question: TableQuestion, signal: AbortSignal): Promise<void> {
    try {
      this.outcome = await this.kontor.backend.call('tables.query', question, signal);
      this.problem = undefined;
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      this.outcome = undefined;
      this.problem = problemOf(error);
    }
  }

  /** words puts the question into words, for the chat. */
  words(question: TableQuestion): string {
    const t = this.kontor.t;
    const name = (column: string) => this.heading(column);
    const measure = t(`table.measure_name.${question.measure}`);
    const parts = [
      question.column === '' ? measure : t('table.words.of', { measure, column: name(question.column) }),
    ];
    if (question.groupBy !== '') parts.push(t('table.words.per', { column: name(question.groupBy) }));
    const conditions = question.conditions.map(({ column, operator, value }) => {
      const key: TextKey = `table.operator.${operator}`;
      return [name(column), t(key), operator === 'empty' || operator === 'not_empty' ? '' : value.trim()]
        .join(' ')
        .trim();
    });
    if (conditions.length > 0) parts.push(t('table.words.where', { conditions: conditions.join(', ') }));
    const { document, sheet } = question.source;
    return `${parts.join(' ')} (${sheet === '' ? document : `${document}, ${sheet}`})`;
  }

  heading(name: string): string {
    const column = this.columns.find((one) => one.name === name);
    return column?.heading || name;
  }

  /** measured is the chosen column, or the first that fits. */
  get measured(): string {
    const fits = this.measurable.some(({ name }) => name === this.column);
    return fits ? this.column : (this.measurable[0]?.name ?? '');
  }

  async #open(documentId: string): Promise<void> {
    this.documentId = documentId;
    this.sheets = [];
    const { sheets, refused } = await this.kontor.backend.call('tables.sheets', { id: documentId });
    if (documentId !== this.documentId) return;
    this.sheets = sheets ?? [];
    this.refused = refused ?? [];
    this.problem = undefined;
    this.chooseSheet(this.sheets[0]?.source.sheet ?? '');
  }

  async #try(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.problem = problemOf(error);
    }
  }
}
