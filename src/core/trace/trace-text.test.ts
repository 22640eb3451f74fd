import { expect, test } from 'vitest';
import type { SessionHappening } from '../delivery/session-event.ts';
import {
  eventRecord,
  longestLine,
  lostRecord,
  mostLines,
  sessionRecord,
  stoppedRecord,
} from './trace-record.ts';
import { traceLines } from './trace-text.ts';

const facts = { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', bits: [256, 256] } as const;

function text(happening: SessionHappening): readonly string[] {
  return traceLines(eventRecord(7, { at: 5, ...happening }), (at) => `t${at}`);
}

test.each<[SessionHappening, readonly string[]]>([
  [{ kind: 'connected' }, ['=== connected']],
  [{ kind: 'said', text: 'EHLO a\r\n', secure: false }, [' -> EHLO a']],
  [{ kind: 'said', text: 'MAIL\r\nRCPT\r\nDATA\r\n', secure: true }, [' ~> MAIL', ' ~> RCPT', ' ~> DATA']],
  [{ kind: 'heard', code: 250, lines: ['250-a', '250 b'], secure: false }, ['<-  250-a', '<-  250 b']],
  [{ kind: 'heard', code: 354, lines: ['354 go'], secure: true }, ['<~  354 go']],
  [{ kind: 'heard', code: 550, lines: ['550 no'], secure: false }, ['<** 550 no']],
  [{ kind: 'heard', code: 450, lines: ['450 later'], secure: true }, ['<~* 450 later']],
  [{ kind: 'content', octets: 4711, secure: true }, [' ~> (content, 4711 octets)']],
  [
    { kind: 'tls', facts, chain: ['depth 0: subject=/CN=mx.test, issuer=/CN=CA'] },
    [
      '=== TLS started: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)',
      '===   depth 0: subject=/CN=mx.test, issuer=/CN=CA',
    ],
  ],
  [
    { kind: 'judged', level: 'dane', word: 'Verified', ok: true, words: ['mx: Matched DANE EE'] },
    ['=== Verified, which is enough for level dane', '===   mx: Matched DANE EE'],
  ],
  [
    { kind: 'judged', level: 'dane', word: 'Untrusted', ok: false, words: ['num=65'] },
    ['*** Untrusted, not enough for level dane', '***   num=65'],
  ],
  [{ kind: 'offered', queueId: '4A', recipients: ['a@b', 'c@d'] }, ['=== message 4A for <a@b>, <c@d>']],
  [
    { kind: 'outcome', sent: 1, deferred: 2, bounced: 0, reasons: ['host said no'] },
    ['=== 1 sent, 2 deferred', '===   host said no'],
  ],
  [{ kind: 'trouble', text: 'lost connection' }, ['*** lost connection']],
  [{ kind: 'ended' }, ['=== ended']],
])('%j', (happening, lines) => {
  expect(text(happening)).toEqual(lines.map((line) => `t5 7 ${line}`));
});

test('which session it is', () => {
  const target = { host: 'mx.test', address: '192.0.2.1', port: 25 };
  const errand = { destination: 'a.test', queueId: '4A', recipients: () => [] };
  const line = (...record: Parameters<typeof sessionRecord>) =>
    traceLines(sessionRecord(...record), () => 't');
  expect(line(7, 5, { ...target, nextHop: 'a.test', errand, level: 'dane' }, false)).toEqual([
    't 7 === session with mx.test[192.0.2.1]:25 for a.test (4A), level dane',
  ]);
  expect(line(7, 5, { ...target, nextHop: '[fallback]', errand }, true)).toEqual([
    't 7 === session under way with mx.test[192.0.2.1]:25 for [fallback] in place of a.test (4A)',
  ]);
});

test('the reader himself', () => {
  expect(traceLines(lostRecord(3), () => 't')).toEqual([
    '*** 3 records were lost: they came faster than they were read',
  ]);
  expect(traceLines(stoppedRecord, () => 't')).toEqual(['*** the relay stops']);
});

test('what a server says is printable and bounded', () => {
  const lines = Array.from({ length: 200 }, () => `250-\u001b[31m\u202e${'x'.repeat(2_000)}`);
  const record = eventRecord(7, { at: 5, kind: 'heard', code: 250, lines, secure: true });
  const shown = traceLines(record, () => 't');
  expect(shown).toHaveLength(mostLines + 1);
  expect(shown.at(-1)).toBe('t 7 <~  (136 more lines)');
  expect(shown[0]).toMatch(/^t 7 <~ {2}250-\?\[31m\?x+\.\.\. \(2010 characters\)$/);
  expect(shown[0]?.length).toBeLessThan(longestLine + 50);
  const many = Array.from({ length: 1_000 }, (_, index) => `u${index}@a.test`);
  expect(text({ kind: 'offered', recipients: many })[0]).toMatch(
    /^t5 7 === a message for <u0@a\.test>, .* and 980 more$/,
  );
  const envelope = `${many.map((address) => `RCPT TO:<${address}>`).join('\r\n')}\r\n`;
  expect(text({ kind: 'said', text: envelope, secure: true }).at(-1)).toBe('t5 7  ~> (936 more lines)');
});
