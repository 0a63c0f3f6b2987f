import type { Asked, Budget, Filter, FilterDocument, Image, Message, Offer } from '$lib/api.gen';

export type Mode = Asked['mode'];

/** Asking is what the next question wants beyond its text: how and where to look. It starts anew with each question. */
export class Asking {
  mode = $state<Mode>('');
  documents = $state.raw<FilterDocument[]>([]);
  types = $state.raw<string[]>([]);
  after = $state(0);
  before = $state(0);
  folder = $state('');
  /** Pictures that go with the question. */
  images = $state.raw<Image[]>([]);
  /** What the question would lead to, as last heard. */
  offer = $state.raw<Offer | undefined>(undefined);
  /** What the next request would hold, as last heard. */
  budget = $state.raw<Budget | undefined>(undefined);
  /** Grows when the count has to be made anew though nothing was written. */
  recount = $state(0);
  /** A second model that is asked the same, '' for none. */
  compareModel = $state('');
  /** The choice of that model is open, for an answer that is there or for the next question. */
  comparing = $state.raw<{ answer?: Message } | undefined>(undefined);
  /** The form for a table is open, for this document or for any. */
  form = $state.raw<{ documentId: string } | undefined>(undefined);

  get filter(): Filter | undefined {
    const { types, after, before, folder } = this;
    if (this.documents.length + types.length === 0 && after === 0 && before === 0 && folder === '') {
      return undefined;
    }
    return { documentIds: this.documents.map((document) => document.id), types, after, before, folder };
  }

  addDocument(document: FilterDocument): void {
    if (!this.documents.some((one) => one.id === document.id)) {
      this.documents = [...this.documents, document];
    }
  }

  removeDocument(id: string): void {
    this.documents = this.documents.filter((one) => one.id !== id);
  }

  toggleType(type: string): void {
    this.types = this.types.includes(type) ? this.types.filter((one) => one !== type) : [...this.types, type];
  }

  /** restore takes over what a question asked for that is written anew. */
  restore(question: Message): void {
    this.reset();
    this.mode = question.asked?.mode ?? '';
    this.images = question.images ?? [];
    const filter = question.filter;
    if (!filter) return;
    this.documents = (filter.documentIds ?? []).map((id) => ({ id, name: '', format: '' }));
    this.types = filter.types ?? [];
    this.after = filter.after;
    this.before = filter.before;
    this.folder = filter.folder;
  }

  reset(): void {
    this.mode = '';
    this.compareModel = '';
    this.images = [];
    this.documents = [];
    this.types = [];
    this.after = 0;
    this.before = 0;
    this.folder = '';
  }
}

/** canResume says whether an answer stopped on its way through everything. */
export function canResume(message: Message): boolean {
  const survey = message.survey;
  return (
    survey !== undefined && !survey.byWords && survey.done < survey.total && message.status !== 'running'
  );
}

export interface Mention {
  /** Where the @ stands. */
  start: number;
  query: string;
}

/** mentionAt finds the @word that is being typed at the caret. */
export function mentionAt(text: string, caret: number): Mention | undefined {
  if (caret < 1) return undefined;
  const start = text.lastIndexOf('@', caret - 1);
  if (start < 0 || (start > 0 && !/[\s(["'„]/.test(text.charAt(start - 1)))) return undefined;
  const query = text.slice(start + 1, caret);
  if (query.length > 60 || /[\n@]/.test(query) || query.startsWith(' ')) return undefined;
  return { start, query };
}
