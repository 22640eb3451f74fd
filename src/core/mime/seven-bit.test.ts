import { describe, expect, test } from 'vitest';
import { SevenBitConverter } from './seven-bit-converter.ts';
import { SevenBitScan, type SevenBitPlan } from './seven-bit-plan.ts';

function scanned(content: Buffer, chunkBytes = content.length || 1): SevenBitPlan {
  const scan = new SevenBitScan();
  for (let at = 0; at < content.length; at += chunkBytes) scan.push(content.subarray(at, at + chunkBytes));
  return scan.end();
}

function converted(content: Buffer, chunkBytes = content.length || 1): string {
  const converter = new SevenBitConverter(scanned(content, chunkBytes));
  const parts: Buffer[] = [];
  for (let at = 0; at < content.length; at += chunkBytes)
    parts.push(converter.push(content.subarray(at, at + chunkBytes)));
  parts.push(converter.end());
  return Buffer.concat(parts).toString('latin1');
}

/** Lines of a message; `charset` is that of the octets. */
const message = (...lines: string[]): Buffer => Buffer.from(`${lines.join('\r\n')}\r\n`, 'utf8');
const text = (...lines: string[]): string => `${lines.join('\r\n')}\r\n`;
const latin = 'Content-Type: text/plain; charset=utf-8';
const eight = 'Content-Transfer-Encoding: 8bit';
const quoted = 'Content-Transfer-Encoding: quoted-printable';
const binary = 'Content-Transfer-Encoding: base64';
const mime = 'MIME-Version: 1.0';
const few = 'so many letters, and one \u00fc';

describe('a message of one part', () => {
  test.each([
    ['without 8-bit octets, whatever it says of itself', message(mime, latin, eight, '', 'hello =', '.')],
    ['with an 8-bit header: no encoding is for that', message('Subject: \u00fc', '', 'hello')],
    ['that is empty', Buffer.alloc(0)],
    ['without a line end', Buffer.from('a: b\r\n\r\nhello')],
  ])('%s: stays as it is, octet by octet', (_, content) => {
    expect(scanned(content).encodings.size).toBe(0);
    expect(converted(content)).toBe(content.toString('latin1'));
  });

  test('gets quoted-printable, in the place of the encoding it had', () => {
    const content = message(
      'From: a',
      eight,
      mime,
      `${latin};`,
      '\tformat=flowed',
      'X: y',
      '',
      few,
      'a=b \t',
      '',
    );
    expect(converted(content)).toBe(
      text(
        'From: a',
        mime,
        `${latin};`,
        '\tformat=flowed',
        'X: y',
        quoted,
        '',
        'so many letters, and one =C3=BC',
        'a=3Db =09',
        '',
      ),
    );
  });

  test('with many such octets gets base64', () => {
    const body = '\u00fc\u00e4\u00f6'.repeat(30);
    const [head = '', encoded = ''] = converted(message(mime, latin, eight, '', body)).split('\r\n\r\n');
    expect(head).toBe([mime, latin, binary].join('\r\n'));
    expect(Math.max(...encoded.split('\r\n').map(({ length }) => length))).toBe(76);
    expect(Buffer.from(encoded, 'base64').toString('utf8')).toBe(`${body}\r\n`);
  });

  test('a long line gets soft line breaks, and is the same again afterwards', () => {
    const line = `${'word '.repeat(4_000)}\u00fc`;
    const encoded = converted(message(mime, latin, eight, '', line)).split('\r\n\r\n')[1] ?? '';
    expect(Math.max(...encoded.split('\r\n').map(({ length }) => length))).toBeLessThanOrEqual(76);
    expect(encoded.replaceAll('=\r\n', '')).toBe(text(`${'word '.repeat(4_000)}=C3=BC`));
  });

  test.each([
    ['utf-8', message('Subject: x', '', few)],
    ['unknown-8bit', Buffer.from('Subject: x\r\n\r\nso many letters, and one \xfc\r\n', 'latin1')],
  ])('that knows nothing of MIME becomes MIME (%s)', (charset, content) => {
    expect(converted(content).split('\r\n\r\n')[0]).toBe(
      ['Subject: x', mime, `Content-Type: text/plain; charset=${charset}`, quoted].join('\r\n'),
    );
  });
});

describe('a message of several parts', () => {
  const mixed = 'Content-Type: multipart/mixed; boundary="=_b 1"';

  test('only the parts that need it are encoded, and what holds them says 7bit', () => {
    const untouched = ['--=_b 1', 'Content-Type: application/x', eight, '', 'plain = ascii ', ''];
    const content = message(
      mime,
      mixed,
      eight,
      '',
      'preamble',
      '--=_b 1',
      latin,
      eight,
      '',
      few,
      '',
      ...untouched,
      '--=_b 1--',
      '',
    );
    const head = [
      mime,
      mixed,
      'Content-Transfer-Encoding: 7bit',
      '',
      'preamble',
      '--=_b 1',
      latin,
      quoted,
      '',
    ];
    expect(converted(content)).toBe(
      text(...head, 'so many letters, and one =C3=BC', '', ...untouched, '--=_b 1--', ''),
    );
  });

  test('the line break before a delimiter is no part of what is encoded', () => {
    const data = '\u00fc\u00fc\u00fc';
    const content = message(mime, mixed, '', '--=_b 1', 'Content-Type: application/x', '', data, '--=_b 1--');
    const encoded = converted(content).split('\r\n')[7];
    expect(Buffer.from(encoded ?? '', 'base64').toString('utf8')).toBe(data);
  });

  test('a message within the message is entered', () => {
    const inner = ['Content-Type: message/rfc822', '', 'Subject: inner', latin, '', few];
    const content = message(mime, mixed, '', '--=_b 1', ...inner, '--=_b 1--');
    expect(converted(content)).toContain(
      text('Subject: inner', latin, mime, quoted, '', 'so many letters, and one =C3=BC'),
    );
  });

  test('so is a part of a digest that says nothing of itself', () => {
    const digest = 'Content-Type: multipart/digest; boundary=b';
    const content = message(mime, digest, '', '--b', '', 'Subject: inner', latin, '', few, '--b--');
    expect(converted(content)).toContain(text('Subject: inner', latin, mime, quoted, ''));
  });

  test('message/global may be encoded as a whole', () => {
    const content = message(
      mime,
      mixed,
      '',
      '--=_b 1',
      'Content-Type: message/global',
      '',
      'Subject: \u00fc',
      '',
      few,
      '--=_b 1--',
    );
    expect(scanned(content)).not.toHaveProperty('obstacle');
    expect(converted(content)).toContain(text('Content-Type: message/global', quoted, '', 'Subject: =C3=BC'));
  });

  test('a delimiter of the outer multipart ends an inner one that is not closed', () => {
    const inner = ['--=_b 1', 'Content-Type: multipart/alternative; boundary=in', '', '--in', latin, '', few];
    const content = message(mime, mixed, '', ...inner, '--=_b 1', latin, '', few, '--=_b 1--', 'epilogue');
    const lines = converted(content).split('\r\n');
    expect(lines.filter((line) => line === quoted)).toHaveLength(2);
    expect(lines.at(-2)).toBe('epilogue');
  });

  test('is the same however it is chunked', () => {
    const inner = [
      '--=_b 1',
      'Content-Type: multipart/alternative;',
      ' boundary=in',
      '',
      '--in',
      latin,
      '',
      few,
      '',
    ];
    const outer = ['--=_b 1', 'Content-Type: x/y', eight, '', '\u00fc'.repeat(200), '--=_b 1--'];
    const content = message(mime, mixed, '', ...inner, '--in--', ...outer);
    const whole = converted(content);
    expect(Buffer.from(whole, 'latin1').every((octet) => octet < 0x80)).toBe(true);
    for (const size of [1, 2, 3, 7, 64, 1_000]) expect(converted(content, size)).toBe(whole);
  });
});

describe('what cannot be converted', () => {
  const part = (type: string, ...body: string[]): Buffer =>
    message(mime, `Content-Type: ${type}`, '', ...body);

  test.each<[string, Buffer, string]>([
    [
      'a signed part',
      part('multipart/signed; boundary=b', '--b', latin, '', few, '--b--'),
      'has a signed part',
    ],
    [
      'octets between the parts',
      part('multipart/mixed; boundary=b', few, '--b--'),
      'has octets outside of its parts',
    ],
    ['a multipart without a boundary', part('multipart/mixed', few), 'has a part of type multipart/mixed'],
    ['a delivery status', part('message/delivery-status', few), 'has a part of type message/delivery-status'],
    [
      '8-bit octets where they cannot be',
      message(mime, latin, binary, '', few),
      'has a part that is encoded already',
    ],
  ])('%s', (_, content, obstacle) => {
    expect(scanned(content)).toMatchObject({ obstacle });
  });

  test('none of these matters without 8-bit octets', () => {
    expect(
      scanned(part('multipart/signed; boundary=b', '--b', latin, '', 'ascii', '--b--')),
    ).not.toHaveProperty('obstacle');
  });

  test.each([
    ['too many', `--b\r\n\r\n`.repeat(20_000)],
    [
      'too deep',
      Array.from(
        { length: 200 },
        (__, at) => `Content-Type: multipart/mixed; boundary=${at}\r\n\r\n--${at}\r\n`,
      ).join(''),
    ],
  ])('parts that are %s to be followed', (_, body) => {
    const content = Buffer.from(
      `Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n${body}\r\n\u00fc\r\n`,
    );
    expect(scanned(content)).toMatchObject({ obstacle: 'has too many parts' });
  });
});

test('a header outside ASCII is told of, wherever it is', () => {
  const nested = message(mime, 'Content-Type: message/rfc822', '', 'Subject: \u00fc', '', 'x');
  expect(scanned(nested).internationalHeader).toBe(true);
  expect(scanned(message('Subject: x', ' \u00fc', '', 'x')).internationalHeader).toBe(true);
  expect(scanned(message('Subject: x', '', '\u00fc')).internationalHeader).toBe(false);
});
