import { expect, it } from 'vitest';
import type { LabMessage } from '../../lab/mail-host.ts';
import { Evidence, shown } from './evidence.ts';
import { Tally } from './tally.ts';

const [first, second] = ['4kT2z190f0zwqHvm', '4kT2z190f1zwqHvn'];

function copyOf(queueId: string, recipient: string, id = '1'): LabMessage {
  const data = Buffer.from(`Received: from a by b with ESMTP id ${queueId};\r\nX-Id: ${id}\r\n\r\nText\r\n`);
  return { data, recipients: [recipient] } as unknown as LabMessage;
}

function inDoubt(queueId: string): string {
  return `Nov 30 06:00:00 host dane-relay/qmgr[7]: warning: ${queueId}: nrcpt=1, final dot was sent, no reply seen: mail is sent again`;
}

it('a copy too many is explained by a line of the log for it, and by none for another copy', () => {
  const tally = new Tally();
  tally.accepted('1', ['a@x.test', 'b@y.test'], first);
  for (const recipient of ['a@x.test', 'b@y.test', 'a@x.test']) tally.arrived(copyOf(first, recipient));
  expect(tally.figures().unexplained).toEqual(['1 a@x.test']);
  tally.line(inDoubt(first));
  expect(tally.figures()).toMatchObject({ unexplained: [], ambiguous: 1 });
  tally.arrived(copyOf(first, 'b@y.test'));
  expect(tally.figures()).toMatchObject({ unexplained: ['1 a@x.test', '1 b@y.test'], ambiguous: 0 });
});

it('what was said of a message that is wrong is told line by line, with the blows of that time and nothing of others', () => {
  let now = 1_000_000;
  const tally = new Tally(() => (now += 250));
  tally.happened('blow: long ago');
  now += 60_000;
  tally.accepted('1', ['a@x.test'], first);
  tally.accepted('2', ['a@x.test'], second);
  tally.line(`dane-relay/smtp[7]: ${second}: to=<a@x.test>, status=sent`);
  tally.command(`Redis 0: 1764484000.1 call settle "{dane-relay}:" "x.test" "5:u" "${first}" "1"`);
  tally.command('Redis 0: 1764484000.1 call info');
  for (const id of ['1', '1', '2']) tally.arrived(copyOf(id === '1' ? first : second, 'a@x.test', id));
  tally.happened('blow: relay 7 is killed');
  expect(tally.faults()).toEqual([
    '--- 1 a@x.test',
    `   0.000 client: ${first} is the 250 of 1`,
    `   0.750 Redis 0: 1764484000.1 call settle "{dane-relay}:" "x.test" "5:u" "${first}" "1"`,
    `   1.000 host: ${first} came for a@x.test, copy 1 of 1`,
    `   1.250 host: ${first} came for a@x.test, copy 2 of 1`,
    '   1.750 blow: relay 7 is killed',
  ]);
});

it('what is kept is bounded: the words of a message, those besides, and the messages, of which open ones stay', () => {
  let now = 0;
  const idOf = (nth: number): string => `4kT2z90f${String(nth).padStart(2, '0')}zwqHvm`;
  const limits = { messages: 10, words: 6, around: 4 };
  const evidence = new Evidence(
    (queueId) => queueId === idOf(0),
    () => (now += 1),
    limits,
  );
  for (let nth = 0; nth < 30; nth += 1) evidence.said(`${idOf(0)}: ${nth}`);
  for (let nth = 1; nth < 30; nth += 1) evidence.said(`${idOf(nth)}: there`);
  for (let nth = 0; nth < 30; nth += 1) evidence.besides(`around ${nth}`);
  const kept = Array.from({ length: 30 }, (_, nth) => nth).filter(
    (nth) => evidence.of([idOf(nth)]).length > 0,
  );
  expect(kept).toEqual([0, ...Array.from({ length: 9 }, (_, nth) => 21 + nth)]);
  const told = shown(evidence.of([idOf(0)])).map((line) => line.trimStart().slice(6));
  expect(told.filter((line) => line.startsWith(idOf(0)))).toEqual(
    [0, 1, 2, 27, 28, 29].map((nth) => `${idOf(0)}: ${nth}`),
  );
  expect(told.filter((line) => line.startsWith('around'))).toHaveLength(4);
});
