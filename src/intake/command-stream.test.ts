import { expect, test } from 'vitest';
import { CommandStream } from './command-stream.ts';
import { wideShare } from '../../test/support/wide-share.ts';
import { Content } from './content.ts';

const own = { received: 'Received: us\r\n', date: 'now', messageId: '<new@relay.example>' };
const limits = { messageSizeLimitBytes: 1_000_000, hopcountLimit: 50, headerLimitBytes: 1_000_000 };

/** A stream that answers every command at once; `corks` is how its socket was used. */
function stream() {
  const corks: string[] = [];
  const commands: string[] = [];
  const stream = new CommandStream(
    { cork: () => corks.push('cork'), uncork: () => corks.push('uncork') },
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
      hopeless: (why) => commands.push(`(${why})`),
    },
  );
  return { stream, corks, commands };
}

test('CommandStream: replies to pipelined commands leave together', () => {
  const { stream: parser, corks, commands } = stream();
  parser.write('NOOP\r\nNOOP\r\nQU');
  parser.write('IT\r\n');
  expect(commands).toEqual(['NOOP+', 'NOOP+', 'QUIT']);
  expect(corks).toEqual(['cork', 'reply', 'reply', 'uncork', 'cork', 'reply', 'uncork']);
});

test('CommandStream: commands behind a message wait for its reply', async () => {
  const { stream: parser, commands } = stream();
  const content = new Content(own, limits, wideShare());
  const ended = parser.receive(content);
  let octets = 0;
  parser.ondata = () => {
    octets += 1;
  };
  parser.write('Subject: x\r\n\r\nNOOP\r\n.\r\nNOOP\r\nQU');
  parser.write('IT\r\n');
  const resume = await ended;
  expect(commands).toEqual([]);
  expect(octets).toBe(1);
  expect(content.receivedBytes).toBe(20);
  resume();
  expect(commands).toEqual(['NOOP+', 'QUIT']);
});

test('CommandStream: takes no more octets than the reader has room for', async () => {
  const { stream: parser } = stream();
  const content = new Content(own, limits, wideShare());
  void parser.receive(content);
  parser.write(Buffer.alloc(100_000, 'x'));
  parser.write(Buffer.alloc(100_000, 'x'));
  expect(content.receivedBytes).toBe(100_000);
  await content.chunks[Symbol.asyncIterator]().next();
  await new Promise(setImmediate);
  expect(content.receivedBytes).toBe(200_000);
});

test('CommandStream: half a command at the end is not run', async () => {
  const { stream: parser, commands } = stream();
  let isOver = false;
  parser.oninputend = () => {
    isOver = true;
  };
  parser.end('NOOP\r\nQUIT');
  await new Promise(setImmediate);
  expect(commands).toEqual(['NOOP+']);
  expect(isOver).toBe(true);
});

test.each([
  ['x'.repeat(2050), ['(endless)']],
  ['NOOP\r\n\x16\x03\x01', ['NOOP+', '(foreign)']],
  ['NOOP\nNOOP\r\n', ['(bare LF)', 'NOOP']],
])('CommandStream: %j is no command', (octets, expected) => {
  const { stream: parser, commands } = stream();
  parser.write(octets);
  parser.write('NOOP\r\n');
  if (expected.at(-1)?.startsWith('(')) expect(commands).toEqual(expected);
  else expect(commands).toEqual([...expected, 'NOOP']);
});

test('CommandStream: octet by octet', () => {
  const { stream: parser, commands } = stream();
  for (const octet of 'NOOP\r\nQUIT\r\n') parser.write(octet);
  expect(commands).toEqual(['NOOP', 'QUIT']);
});

test('CommandStream: many commands at once leave room for others, and none is forgotten', async () => {
  const { stream: parser, commands } = stream();
  const all = new Promise((resolve) => parser.write('NOOP\r\n'.repeat(1000), resolve));
  expect(commands).toHaveLength(100);
  await all;
  expect(commands).toHaveLength(1000);
});
