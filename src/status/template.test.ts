import { describe, expect, it } from 'vitest';
import { escapeMarkup, fillTemplate } from './template.ts';

describe('fillTemplate()', () => {
  it('puts values in their places, and looks at none of them again', () => {
    const values = { a: '{{b}} $& $1', b: 'B' };
    expect(fillTemplate('<p title="{{a}}">{{b}}</p>', values)).toBe('<p title="{{b}} $& $1">B</p>');
  });

  it('refuses a name without a value', () => {
    expect(() => fillTemplate('{{c}}', {})).toThrow('{{c}}');
  });
});

it('escapeMarkup() leaves nothing that begins or ends markup', () => {
  expect(escapeMarkup(`<img src=x onerror='a("b")'>&amp;`)).toBe(
    '&lt;img src=x onerror=&#39;a(&quot;b&quot;)&#39;&gt;&amp;amp;',
  );
});
