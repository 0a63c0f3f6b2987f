import { describe, expect, it } from 'vitest';
import { Asking, mentionAt } from './asking.svelte';

describe('mentionAt', () => {
  const at = (marked: string) => mentionAt(marked.replace('|', ''), marked.indexOf('|'));

  it('finds the word that is being typed', () => {
    expect(at('@mie|')).toEqual({ start: 0, query: 'mie' });
    expect(at('Was steht in @|')).toEqual({ start: 13, query: '' });
    expect(at('in @miet| vertrag')).toEqual({ start: 3, query: 'miet' });
    expect(at('(@a b|')).toEqual({ start: 1, query: 'a b' });
  });

  it('passes over addresses, ended words and other lines', () => {
    expect(at('anna@firma|')).toBeUndefined();
    expect(at('|@x')).toBeUndefined();
    expect(at('@x\ny|')).toBeUndefined();
    expect(at('@ x|')).toBeUndefined();
  });
});

describe('Asking', () => {
  it('has a filter only when something limits', () => {
    const asking = new Asking();
    expect(asking.filter).toBeUndefined();
    asking.addDocument({ id: 'd', name: 'D.pdf', format: 'pdf' });
    asking.addDocument({ id: 'd', name: 'D.pdf', format: 'pdf' });
    asking.toggleType('pdf');
    expect(asking.filter).toEqual({ documentIds: ['d'], types: ['pdf'], after: 0, before: 0, folder: '' });
    asking.reset();
    expect(asking.filter).toBeUndefined();
  });
});
