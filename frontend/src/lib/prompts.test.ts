import { describe, expect, it } from 'vitest';
import type { PromptField } from './api.gen';
import { filled, promptsFor, slashAt } from './prompts';

const field = (label: string, places: string[], optional = false): PromptField => ({
  label,
  kind: 'line',
  options: [],
  optional,
  places,
});

describe('slashAt', () => {
  it('knows a slash only at the very start', () => {
    expect(slashAt('/', 1)).toBe('');
    expect(slashAt('/e mail', 7)).toBe('e mail');
    expect(slashAt('a /b', 4)).toBeUndefined();
    expect(slashAt('/usr/bin', 8)).toBeUndefined();
    expect(slashAt('/a\nb', 4)).toBeUndefined();
  });
});

describe('filled', () => {
  const fields = [field('A', ['{{A}}', '{{ a }}']), field('B', ['{{B?}}'], true)];
  it('replaces each spelling and leaves out an empty optional line', () => {
    expect(filled('x {{A}} {{ a }}\nFocus: {{B?}}\nend', fields, ['1', ''])).toBe('x 1 1\nend');
    expect(filled('x {{A}}\nFocus: {{B?}}', fields, ['1', '2'])).toBe('x 1\nFocus: 2');
  });
  it('does not read what was typed as a place', () => {
    expect(filled('{{A}}|{{B?}}', fields, ['{{B?}}', '$&'])).toBe('{{B?}}|$&');
  });
});

it('finds titles before purposes', () => {
  const prompt = (title: string, about: string) => ({
    id: title,
    title,
    about,
    group: 'own' as const,
    text: '',
    fields: [],
    builtIn: false,
  });
  const list = [prompt('Plan', 'a letter'), prompt('Letter', 'formal'), prompt('Other', '')];
  expect(promptsFor(list, 'LETTER').map(({ title }) => title)).toEqual(['Letter', 'Plan']);
});
