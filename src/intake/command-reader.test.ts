import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { ownHeader, wideLimits } from '../../test/support/content-kit.ts';
import { wideShare } from '../../test/support/wide-share.ts';
import type { BareNewline } from '../core/intake/line-flaw.ts';
import { CommandReader } from './command-reader.ts';
import { Content } from './content.ts';

const limits = wideLimits;

/** A reader whose commands are answered at once, and a client that writes to it; `corks` is how its socket was used. */
function dialogue(bareNewline: BareNewline = 'reject') {
  const trust = { bareNewline, longestLine: 2048 };
  const corks: string[] = [];
  const commands: string[] = [];
  const heard = { data: 0, isOver: false };
  const reader = new CommandReader(
    { cork: () => corks.push('cork'), uncork: () => corks.push('uncork') },
    { isClosed: false },
    {
      command(command, isLast, done) {
        commands.push(`${command.toString()}${isLast ? '' : '+'}`);
        corks.push('reply');
        done();
      },
      flawed(flaw, _command, done) {
        commands.push(`(${flaw})`);
        done();
      },
      bareNewline: () => trust.bareNewline,
      longestLine: () => trust.longestLine,
      noted: (flaws) => commands.push(...Array.from(flaws, (flaw) => `(noted ${flaw})`)),
      hopeless: (why) => commands.push(`(${why})`),
      data: () => (heard.data += 1),
      ended: () => (heard.isOver = true),
    },
  );
  const client = new Writable({ write: (octets: Buffer, _, next) => reader.read(octets, next) });
  client.on('finish', reader.ended);
  return { reader, client, corks, commands, heard, trust };
}

test('CommandReader: replies to pipelined commands leave together', () => {
  const { client, corks, commands } = dialogue();
  client.write('NOOP\r\nNOOP\r\nQU');
  client.write('IT\r\n');
  expect(commands).toEqual(['NOOP+', 'NOOP+', 'QUIT']);
  expect(corks).toEqual(['cork', 'reply', 'reply', 'uncork', 'cork', 'reply', 'uncork']);
});

test('CommandReader: commands behind a message wait for its reply', async () => {
  const { reader, client, commands, heard } = dialogue();
  const content = new Content(ownHeader, limits, wideShare());
  const ended = new Promise<() => void>((resolve) => reader.receive(content, resolve));
  client.write('Subject: x\r\n\r\nNOOP\r\n.\r\nNOOP\r\nQU');
  client.write('IT\r\n');
  const resume = await ended;
  expect(commands).toEqual([]);
  expect(heard.data).toBe(1);
  expect(content.receivedBytes).toBe(20);
  resume();
  expect(commands).toEqual(['NOOP+', 'QUIT']);
});

test('CommandReader: takes no more octets than the reader has room for', async () => {
  const { reader, client } = dialogue();
  const content = new Content(ownHeader, limits, wideShare());
  reader.receive(content, () => {});
  client.write(Buffer.alloc(100_000, 'x'));
  client.write(Buffer.alloc(100_000, 'x'));
  expect(content.receivedBytes).toBe(100_000);
  await content.chunks[Symbol.asyncIterator]().next();
  await new Promise(setImmediate);
  expect(content.receivedBytes).toBe(200_000);
});

test('CommandReader: half a command at the end is not run', async () => {
  const { client, commands, heard } = dialogue();
  client.end('NOOP\r\nQUIT');
  await new Promise(setImmediate);
  expect(commands).toEqual(['NOOP+']);
  expect(heard.isOver).toBe(true);
});

test.each([
  ['x'.repeat(2050), ['(endless)']],
  ['NOOP\r\n\x16\x03\x01', ['NOOP+', '(foreign)']],
  ['NOOP\nNOOP\r\n', ['(bare LF)', 'NOOP']],
])('CommandReader: %j is no command', (octets, expected) => {
  const { client, commands } = dialogue();
  client.write(octets);
  client.write('NOOP\r\n');
  if (expected.at(-1)?.startsWith('(')) expect(commands).toEqual(expected);
  else expect(commands).toEqual([...expected, 'NOOP']);
});

test('CommandReader: what a client that is trusted by now may send', () => {
  const { client, commands, trust } = dialogue();
  client.write('NOOP\nNOOP\r\n');
  trust.bareNewline = 'normalize';
  client.write('NOOP\nNO\rOP\r\nNOOP\r\r\nQUIT\r\n');
  expect(commands).toEqual([
    '(bare LF)',
    'NOOP',
    '(noted bare LF)',
    'NOOP+',
    '(bare CR)',
    '(noted bare CR)',
    'NOOP+',
    'QUIT',
  ]);
});

test('CommandReader: octet by octet', () => {
  const { client, commands } = dialogue();
  for (const octet of 'NOOP\r\nQUIT\r\n') client.write(octet);
  expect(commands).toEqual(['NOOP', 'QUIT']);
});

test('CommandReader: many commands at once leave room for others, and none is forgotten', async () => {
  const { client, commands } = dialogue();
  const all = new Promise((resolve) => client.write('NOOP\r\n'.repeat(1000), resolve));
  expect(commands).toHaveLength(100);
  await all;
  expect(commands).toHaveLength(1000);
});
