import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postfixObstacle } from '../../lab/privileges.ts';
import { until } from '../../lab/until.ts';
import { postfixIsAtLeast } from '../../support/postfix-version.ts';
import { unless } from '../../support/unless.ts';
import { addresses } from './addresses.ts';
import { arrival, handOver, startDoorWorld, type Door, type DoorWorld, type Handover } from './door-world.ts';
import { messages } from './messages.ts';

/*
 * A client hands the same octets to a Postfix and to us. What leaves is compared, octet for octet, and what is not the
 * same is named with the case.
 */

const it = unless(postfixObstacle(), test);

let world: DoorWorld;
beforeAll(async () => {
  if (postfixObstacle() === undefined) world = await startDoorWorld();
});
afterAll(async () => {
  await world?.stop();
});

let marks = 0;

/** What the next host was told and sent; undefined if the door refused it. */
async function through(door: Door, handover: Omit<Handover, 'content'>, text: string) {
  const mark = `door-${(marks += 1)}`;
  // A line of its own at the end of the body, where nothing is done to it.
  const content = `${text.replace(/^\./gm, '..')}${text.includes('\n\n') || text.includes('\r\n\r\n') || text === '' ? '' : '\r\n'}${mark}\r\n.\r\n`;
  const replies = await handOver(door.port, { ...handover, content });
  if (replies[3]?.startsWith('250') !== true) return undefined;
  const { sender, recipients, data } = await arrival(door.host, mark);
  const octets = data.toString('latin1').replace(`${mark}\r\n`, '');
  const [, queueId = ''] = /queued as (\w+)/.exec(replies[3]) ?? [];
  return { sender, recipients, octets: normal(octets), queueId };
}

/** Without the line that the relay itself wrote, and with words for what is never the same. */
function normal(octets: string): string {
  return octets
    .replace(/^Received: [^]*?\r\n(?![ \t])/, '')
    .replace(/^((?:Resent-)?Message-)I[Dd]: <[\w.-]+@relay\.test>/gm, '$1ID: <id>')
    .replace(/^((?:Resent-)?Date): \w{3}, .*$/gm, '$1: date');
}

/** How the log names the sender or the recipient: `to=<root@origin.test>, orig_to=<root>`. */
async function logged(door: Door, side: 'from' | 'to', queueId: string): Promise<string> {
  const [before, after] = side === 'from' ? ['from=', ', size='] : ['to=', ', relay='];
  const line = new RegExp(`: ${queueId}: (${before}.*?)${after}`);
  let found: string | undefined;
  await until(async () => {
    found = line.exec(await door.log())?.[1];
    return found !== undefined;
  }, `the line of ${queueId}`);
  return found ?? '';
}

describe('what becomes of a message', () => {
  it.each(messages)('$name', async ({ text, from = '<s@x.test>', since = [0, 0], ...row }) => {
    const ours = postfixIsAtLeast(...since) ? row.ours : undefined;
    const handover = { from, to: '<r@x.test>' };
    const [theirs, own] = [
      await through(world.postfix, handover, text),
      await through(world.ours, handover, text),
    ];
    expect(theirs).toBeDefined();
    expect(own?.octets).toBe(ours ?? theirs?.octets);
    expect(own?.sender).toBe(theirs?.sender);
    if (ours !== undefined) expect(ours, 'no difference any more').not.toBe(theirs?.octets);
  });
});

describe('what becomes of an address', () => {
  it.each(addresses)('$path', async ({ path, ours }) => {
    const text = 'Subject: x\r\n\r\n';
    for (const side of ['from', 'to'] as const) {
      const handover = { from: '<s@x.test>', to: '<r@x.test>', [side]: path };
      const told = async (door: Door) => {
        const arrived = await through(door, handover, text);
        if (arrived === undefined) return { address: 'refused', logged: undefined };
        const address = side === 'from' ? arrived.sender : arrived.recipients[0];
        return { address, logged: await logged(door, side, arrived.queueId) };
      };
      const [theirs, own] = [await told(world.postfix), await told(world.ours)];
      expect(own.address, side).toBe(ours ?? theirs.address);
      if (ours !== undefined) expect(ours, 'no difference any more').not.toBe(theirs.address);
      if (own.address === theirs.address || path === '<a@B.Test>')
        expect(own.logged, side).toBe(theirs.logged);
    }
  });

  it('names beyond ASCII are logged as they were given', async () => {
    const handover = {
      from: Buffer.from('<jürgen@münchen.test> SMTPUTF8').toString('latin1'),
      to: Buffer.from('<ü@Bücher.test>').toString('latin1'),
    };
    for (const door of [world.postfix, world.ours]) {
      const arrived = await through(door, handover, 'Subject: x\r\n\r\n');
      expect(await logged(door, 'from', arrived?.queueId ?? '')).toBe('from=<jürgen@münchen.test>');
      expect(await logged(door, 'to', arrived?.queueId ?? '')).toBe('to=<ü@Bücher.test>');
    }
    // Postfix leaves U-labels to the next server; that one finds the same domain behind an A-label.
    expect(world.ours.host.messages.at(-1)).toMatchObject({
      sender: 'jürgen@xn--mnchen-3ya.test',
      recipients: ['ü@xn--bcher-kva.test'],
    });
  });

  it('blanks behind DATA are passed over', async () => {
    for (const door of [world.postfix, world.ours]) {
      const handover = { from: '<s@x.test>', to: '<r@x.test>', data: 'DATA \t' };
      expect(await through(door, handover, 'Subject: x\r\n\r\n')).toBeDefined();
    }
  });
});
