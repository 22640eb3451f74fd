import { describe, expect, it } from 'vitest';
import { decodeDumpLine, encodeDumpLine, readDumpLines, type DumpLine } from './dump.ts';

const lines: readonly DumpLine[] = [
  { kind: 'start', dump: 'b5e5a5a0-0000-4000-8000-000000000000' },
  {
    kind: 'message',
    message: {
      queueId: '4x1',
      fields: { record: '{"v":1}', size: '5', 's:example.org': '{"left":[0]}' },
      due: { 'example.org': 1_764_000_000_000, 'held.example': 'held' },
    },
  },
  { kind: 'content', bytes: Buffer.from('\0\xffx\r\n', 'latin1') },
  { kind: 'gone', queueId: '4x2' },
  { kind: 'end', messages: 1 },
];
const text = lines.map(encodeDumpLine).join('');

async function read(...chunks: readonly string[]): Promise<DumpLine[]> {
  async function* source(): AsyncGenerator<Buffer> {
    for (const chunk of chunks) yield Buffer.from(chunk);
  }
  const found: DumpLine[] = [];
  for await (const line of readDumpLines(source())) found.push(line);
  return found;
}

describe('a dump', () => {
  it('reads as it was written, wherever it is cut into chunks', async () => {
    expect(await read(text)).toEqual(lines);
    for (let at = 1; at < text.length; at += 7)
      expect(await read(text.slice(0, at), text.slice(at))).toEqual(lines);
    expect(await read(...text.split(''))).toEqual(lines);
  });

  it('is a line of JSON for each thing in it', () => {
    expect(text.split('\n')).toHaveLength(lines.length + 1);
    for (const line of text.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
  });

  it.each([
    ['{"format":"mbox"}', 'it is of the format mbox, not dane-relay queue'],
    [
      '{"format":"dane-relay queue","version":2,"dump":"x"}',
      'it is of version 2, and this relay knows version 1',
    ],
    ['{"format":"dane-relay queue","version":1,"dump":"a b"}', 'its first line has no name'],
    ['{"message":"4x1","fields":{"size":5},"due":{}}', 'message 4x1 has fields of the wrong kind'],
    ['{"message":"4x1","fields":{},"due":{"x.test":-1}}', 'message 4x1 has fields of the wrong kind'],
    ['{"message":"4x1"}', 'a line that is nothing this version knows'],
    ['[1]', 'a line that is neither an object nor content'],
    ['null', 'a line that is neither an object nor content'],
    ['{', 'a line that is not JSON'],
    ['', 'a line that is not JSON'],
  ])('does not contain %s', (line, words) => {
    expect(() => decodeDumpLine(line)).toThrow(words);
  });

  it('names the line that makes no sense, and notices one that does not end', async () => {
    await expect(read(`${text}rubbish\n`)).rejects.toThrow('line 6 of the dump: a line that is not JSON');
    await expect(read(text.slice(0, -1))).rejects.toThrow('the dump ends in the middle of line 5');
  });
});
