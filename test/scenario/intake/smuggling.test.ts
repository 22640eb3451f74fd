import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../lab/until.ts';
import { startLab, type Lab } from '../../lab/lab.ts';
import { postfixObstacle } from '../../lab/privileges.ts';
import { standardWorld } from '../../lab/standard-world.ts';
import { labSettings, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { pretendedEnds as pretended, smugglingMessage as message } from '../../support/smuggling.ts';
import { unless } from '../../support/unless.ts';
import { readWholeData } from '../../support/whole-data.ts';
import { RawClient } from './raw-client.ts';

/*
 * Ways in which one message was smuggled inside another between two servers that do not agree where a message ends.
 * Behind us are a Postfix that takes a line to end with a bare LF, and two hosts that keep each octet.
 */

const nextHops = ['postfix.test', 'good.test', 'no-tlsa.test'];

const it = unless(postfixObstacle(), test);

let lab: Lab;
/** One refuses what is not clean, the other makes it clean, as for clients that are trusted. */
let strict: RunningRelay;
let lenient: RunningRelay;
beforeAll(async () => {
  const { domains, hosts } = await standardWorld();
  lab = await startLab({
    domains: domains.filter(({ name }) => nextHops.includes(name)),
    hosts: hosts.filter(({ name }) => nextHops.includes(name.replace('mx.', ''))),
  });
  strict = await startRelay({ set: { ...labSettings(lab), 'intake.bare_newline': 'reject' } });
  lenient = await startRelay({ set: labSettings(lab) });
});
afterAll(async () => {
  await strict?.[Symbol.asyncDispose]();
  await lenient?.[Symbol.asyncDispose]();
  await lab?.stop();
});

/** Hands a message over, in pieces of that many octets; the reply to its end. */
async function submit(
  relay: RunningRelay,
  octets: Buffer,
  { pieceBytes, domains }: { pieceBytes: number; domains: readonly string[] },
): Promise<string> {
  const client = await RawClient.open({ host: '127.0.0.1', port: relay.port });
  await client.reply();
  const ready = await client.talk(
    'EHLO client.example',
    'MAIL FROM:<outer@relay.test> BODY=8BITMIME',
    ...domains.map((domain) => `RCPT TO:<user@${domain}>`),
    'DATA',
  );
  expect(ready).toMatch(/^354/);
  client.socket.setNoDelay(true);
  for (let at = 0; at < octets.length; at += pieceBytes) client.write(octets.subarray(at, at + pieceBytes));
  const reply = await client.reply();
  client.socket.destroy();
  return reply;
}

it('no second message ever comes out behind us when what is not clean is refused', async () => {
  const taken: number[] = [];
  for (const [index, sequence] of pretended.entries()) {
    const octets = Buffer.from(message(sequence, index), 'latin1');
    for (const pieceBytes of [octets.length, 1]) {
      const reply = await submit(strict, octets, { pieceBytes, domains: ['postfix.test'] });
      if (reply.startsWith('250 2.0.0')) taken.push(index);
      else expect(reply).toMatch(/^550 5\.(?:5\.2|6\.0) Error: (?:bare <[CL][RF]>|NUL octet) received$/);
    }
  }
  // Everything with a bare CR or LF or NUL is refused, everything else is text.
  const text = pretended.flatMap((sequence, index) =>
    /\0|\r(?!\n)|(?<!\r)\n/.test(sequence) ? [] : [index, index],
  );
  expect(taken).toEqual(text);

  const postfix = lab.host('mx.postfix.test');
  await until(() => strict.matching(/: removed$/).length === taken.length, 'every message to be delivered');
  const arrived = await postfix.waitForMessages(taken.length);
  delivered = taken.length;
  expect(arrived).toHaveLength(taken.length);
  for (const { sender, recipients, data } of arrived) {
    expect(sender).toBe('outer@relay.test');
    expect(recipients).toEqual(['user@postfix.test']);
    const index = Number(/^Subject: outer (\d+)\r$/m.exec(data.toString('latin1'))?.[1]);
    const sent = message(pretended[index] ?? '', index)
      .replace(/\r\n\.\r\n$/, '\r\n')
      .replaceAll('\r\n.', '\r\n');
    const body = data.toString('latin1');
    expect(body.slice(body.indexOf('Subject: outer'))).toBe(sent);
  }
});

/** So many messages are in the Postfix before the next test. */
let delivered = 0;

it('no second message ever comes out behind us when LF ends lines, and nothing but CRLF leaves', async () => {
  const sent: { index: number; text: string }[] = [];
  let refused = 0;
  for (const [index, sequence] of pretended.entries()) {
    // CRLF.CRLF is the end to everybody, and what follows it are the commands of the client itself.
    if (sequence === '\r\r\n.\r\n') continue;
    const octets = message(sequence, index);
    const expected = readWholeData(octets);
    expect(expected.rest, JSON.stringify(sequence)).toBe('');
    for (const pieceBytes of [octets.length, 1]) {
      const reply = await submit(lenient, Buffer.from(octets, 'latin1'), { pieceBytes, domains: nextHops });
      expect(reply, JSON.stringify(sequence)).toMatch(
        expected.isAmbiguous ? /^550 5\.5\.2 Error: ambiguous end of message/ : /^250 2\.0\.0 /,
      );
      if (expected.isAmbiguous) refused += 1;
      else sent.push({ index, text: expected.text });
    }
  }
  expect(refused).toBe(14);
  await until(() => lenient.matching(/: removed$/).length === sent.length, 'every message to be delivered');
  for (const domain of nextHops) {
    const host = lab.host(`mx.${domain}`);
    const before = domain === 'postfix.test' ? delivered : 0;
    const arrived = (await host.waitForMessages(before + sent.length)).slice(before);
    expect(arrived, domain).toHaveLength(sent.length);
    for (const { sender, recipients, data } of arrived) {
      expect(sender).toBe('outer@relay.test');
      expect(recipients).toEqual([`user@${domain}`]);
      const whole = data.toString('latin1');
      expect(whole.replaceAll('\r\n', ''), domain).not.toMatch(/[\r\n\0]/);
      const text = whole.slice(whole.indexOf('Subject: outer'));
      const index = Number(/^Subject: outer (\d+)\r$/m.exec(text)?.[1]);
      expect(text, domain).toBe(sent.find((each) => each.index === index)?.text);
    }
  }
});

it('CRLF.CRLF behind a stray CR is the end, and a command behind it is one', async () => {
  const client = await RawClient.open({ host: '127.0.0.1', port: lenient.port });
  await client.toData();
  client.write('x\r\r\n.\r\nNOOP\r\n');
  expect([await client.reply(), await client.reply()].map((reply) => reply.slice(0, 9))).toEqual([
    '250 2.0.0',
    '250 2.0.0',
  ]);
  client.socket.destroy();
});

it.each([
  ['a sender', 'MAIL FROM:<outer@relay.test>\nRCPT TO:<victim@postfix.test>\r\n', /^550 5\.5\.2/],
  ['a sender with CR', 'MAIL FROM:<outer@relay.test>\rRCPT TO:<victim@postfix.test>\r\n', /^550 5\.5\.2/],
  ['a sender with NUL', 'MAIL FROM:<outer\0@relay.test>\r\n', /^550 5\.6\.0/],
  ['an ENVID', 'MAIL FROM:<outer@relay.test> ENVID=a+0D+0ARCPT\r\n', /^501 5\.5\.4/],
])('nothing is smuggled in %s', async (_, octets, reply) => {
  const client = await RawClient.open({ host: '127.0.0.1', port: strict.port });
  await client.reply();
  await client.say('EHLO client.example');
  client.write(octets);
  expect(await client.reply()).toMatch(reply);
  expect(await client.say('RCPT TO:<user@postfix.test> ORCPT=rfc822;a+0D+0ADATA')).toMatch(/^503/);
  client.socket.destroy();
});
