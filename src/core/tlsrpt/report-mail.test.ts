import { expect, test } from 'vitest';
import { readCounts } from './counts.ts';
import { reportMail } from './report-mail.ts';

const counts = readCounts(
  '2026-11-28',
  'xn--bcher-kva.test',
  new Map([
    ['p a', '{}'],
    ['s a', '2'],
    ['f a', '1'],
  ]),
);
const mail = reportMail({
  counts,
  submitter: { organizationName: 'Bücher & Söhne', contact: 'tls@relay.test' },
  to: 'reports@x.test',
  reportId: '20261128.xn--bcher-kva.test.1a@relay.test',
  unique: '1a',
  gzip: Buffer.alloc(300, 7),
  date: 'Sun, 29 Nov 2026 01:00:00 +0000',
  messageId: '<4a@relay.test>',
});
const text = mail.toString('latin1');

test('reportMail() has the header of RFC 8460 §5.3', () => {
  const [header = ''] = text.split('\r\n\r\n', 1);
  expect(header.split('\r\n')).toEqual([
    'From: tls@relay.test',
    'To: reports@x.test',
    'Date: Sun, 29 Nov 2026 01:00:00 +0000',
    'Message-ID: <4a@relay.test>',
    'Subject: Report Domain: xn--bcher-kva.test',
    ' Submitter: relay.test',
    ' Report-ID: <20261128.xn--bcher-kva.test.1a@relay.test>',
    'TLS-Report-Domain: xn--bcher-kva.test',
    'TLS-Report-Submitter: relay.test',
    'TLS-Required: No',
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type="tlsrpt";',
    ' boundary="=_1a"',
  ]);
});

test('reportMail() has words for people and the compressed report', () => {
  const [, words = '', report = ''] = text.split('--=_1a\r\n');
  const decoded = (part: string) =>
    Buffer.from(part.split('\r\n\r\n')[1]?.split('\r\n--')[0] ?? '', 'base64');
  expect(decoded(words).toString()).toContain('from Bücher & Söhne.');
  expect(decoded(words).toString()).toContain('2 complied with the policy of your domain, 1 did not');
  expect(report).toContain('Content-Type: application/tlsrpt+gzip\r\n');
  expect(report).toContain('filename="relay.test!xn--bcher-kva.test!1795824000!1795910399!1a.json.gz"\r\n');
  expect(decoded(report)).toEqual(Buffer.alloc(300, 7));
  expect(text.endsWith('\r\n--=_1a--\r\n')).toBe(true);
});

test('reportMail() is plain text in short lines', () => {
  expect(mail.every((octet) => octet < 128)).toBe(true);
  expect(Math.max(...text.split('\r\n').map(({ length }) => length))).toBeLessThan(100);
});
