import { describe, expect, it } from 'vitest';
import { safeLink } from './links';

describe('safeLink', () => {
  it.each([
    ['https://example.com/a?b=c#d', 'https://example.com/a?b=c#d'],
    ['HTTP://EXAMPLE.com', 'http://example.com/'],
    ['mailto:anna@example.com', 'mailto:anna@example.com'],
    ['https://münchen.example/ä', 'https://xn--mnchen-3ya.example/%C3%A4'],
  ])('lets %s through', (href, target) => {
    expect(safeLink(href)).toBe(target);
  });

  it.each([
    '',
    'example.com',
    '/api/call/chats.delete',
    '//example.com',
    '#/settings',
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'smb://host/share',
    'ms-msdt:/id',
    'ftp://example.com',
    'blob:https://example.com/1',
    'wails://wails/',
    'https://user@example.com/',
    'https://example.com@evil.example:secret@host/',
    'https://',
  ])('refuses %j', (href) => {
    expect(safeLink(href)).toBeUndefined();
  });
});
