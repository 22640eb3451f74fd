import { describe, expect, it } from 'vitest';
import { postfixLine, safeFields, safeText, syslogTime } from './line-format.ts';

describe('syslogTime()', () => {
  it('pads the day with a space and the rest with zeros', () => {
    expect(syslogTime(new Date(2026, 10, 3, 4, 5, 6))).toBe('Nov  3 04:05:06');
  });
});

describe('postfixLine()', () => {
  it('has the shape of a Postfix line', () => {
    const event = { component: 'qmgr', severity: 'info', event: 'removed', text: '4abc: removed' } as const;
    expect(postfixLine(event, 'Nov  3 04:05:06', 'mail', 'postfix', 42)).toBe(
      'Nov  3 04:05:06 mail postfix/qmgr[42]: 4abc: removed',
    );
  });

  it('says warning: before a warning', () => {
    const event = {
      component: 'smtp',
      severity: 'warning',
      event: 'host skipped',
      text: 'TLS policy lookup for d/h: r',
    } as const;
    expect(postfixLine(event, 'T', 'h', 'n', 1)).toBe('T h n/smtp[1]: warning: TLS policy lookup for d/h: r');
  });
});

describe('safeText()', () => {
  it('defuses line breaks, escapes and direction marks of a remote text', () => {
    expect(safeText('a\r\nb\u001B[31mc\u202Ed')).toBe('a??b?[31mc?d');
  });

  it('leaves other languages alone', () => {
    expect(safeText('Prüfung 試験')).toBe('Prüfung 試験');
  });

  it('has an end', () => {
    expect(safeText('x'.repeat(100_000))).toHaveLength(4003);
  });
});

describe('safeFields()', () => {
  it('defuses texts wherever they are, and leaves the rest', () => {
    const fields = { a: 'x\u202Ey', b: ['\u001B'], c: { d: '\n', e: 1 }, f: true, g: undefined };
    expect(safeFields(fields)).toEqual({ a: 'x?y', b: ['?'], c: { d: '?', e: 1 }, f: true, g: undefined });
  });
});
