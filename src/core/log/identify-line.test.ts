import { describe, expect, it, test } from 'vitest';
import { eventNames, eventTable } from '../events/event-table.ts';
import { identifyLine, LONGEST_LINE } from './identify-line.ts';

describe('identifyLine()', () => {
  const removed = '4jX6Z215f0zwqHvm: removed';

  it.each([
    ['as syslog has it', `Nov 24 09:05:03 relay dane-relay/qmgr[812]: ${removed}`],
    ['with a name that has a slash', `Nov 24 09:05:03 relay postfix/out/qmgr[812]: ${removed}`],
    ['as journalctl shows it', `Nov 24 09:05:03 relay dane-relay/qmgr[812]: ${removed}\n`],
    ['without the time', `dane-relay/qmgr[812]: ${removed}`],
    [
      'as JSON',
      JSON.stringify({ level: 'info', component: 'qmgr', event: 'removed', msg: removed, queueId: 'x' }),
    ],
  ])('knows a line %s', (_, line) => {
    expect(identifyLine(line)).toEqual({
      events: ['removed'],
      component: 'qmgr',
      severity: 'info',
      text: removed,
    });
  });

  it('tells lines of the same text by the program that wrote them', () => {
    expect(identifyLine(`dane-relay/postsuper[1]: ${removed}`).events).toEqual(['deleted']);
    expect(identifyLine(removed).events).toEqual(['removed', 'deleted']);
  });

  it('tells lines of the same text by their severity', () => {
    const text = 'connect to mx.example[192.0.2.1]:25: Too many open files';
    expect(identifyLine(`x/smtp[1]: error: ${text}`).events).toEqual(['shortage']);
    expect(identifyLine(`x/smtp[1]: ${text}`).events).toEqual(['connect failed']);
  });

  it.each([
    ['RCPT from a[b]: 550 5.1.1 <x /y from z[1]: 2>: no', 'rejected'],
    ['POST /v1/messages from a[b]: 401 who are you', 'http request refused'],
    ['POST  from a[b]: 400 the path cannot be read', 'http request refused'],
  ])('tells what refused a client: %s', (text, event) => {
    expect(identifyLine(`x/smtpd[1]: NOQUEUE: reject: ${text}`).events).toEqual([event]);
  });

  it('names all tables whose warnings look alike', () => {
    const { events, severity } = identifyLine('x/smtp[1]: warning: /etc/x:3: "a": what is this');
    expect([...events].toSorted()).toEqual(['TLS policy', 'login']);
    expect(severity).toBe('warning');
  });

  it.each([
    '',
    'x',
    'Nov 24 09:05:03 relay sshd[812]: Accepted publickey for root',
    'Nov 24 09:05:03 relay dane-relay/qmgr[812]: something that nobody wrote',
    'dane-relay/qmgr[99999999999]: removed',
    '{"event":"removed"}',
    '{"event":"unheard of","msg":"x","component":"qmgr"}',
    '{',
    '[]',
  ])('does not know %j', (line) => {
    expect(identifyLine(line).events).toEqual([]);
  });

  it('looks at the beginning of a line only', () => {
    const from = (length: number): string => `x/smtpd[1]: connect from ${'a'.repeat(length)}[192.0.2.1]`;
    expect(identifyLine(from(1_000)).events).toEqual(['client connected']);
    expect(identifyLine(from(LONGEST_LINE)).events).toEqual([]);
    expect(identifyLine(JSON.stringify({ event: 'removed', msg: 'x'.repeat(LONGEST_LINE) })).events).toEqual(
      [],
    );
  });
});

test.each(eventNames.map((event) => ({ event })))('has a shape for its own example: $event', ({ event }) => {
  const { line, by } = eventTable[event];
  const severities = ['', 'warning: ', 'error: '];
  const found = severities.flatMap((severity) => identifyLine(`x/${by[0]}[1]: ${severity}${line}`).events);
  expect(found).toContain(event);
});
