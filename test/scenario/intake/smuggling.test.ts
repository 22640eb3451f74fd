import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLab, type Lab } from '../../lab/lab.ts';
import { postfixObstacle } from '../../lab/privileges.ts';
import { standardWorld } from '../../lab/standard-world.ts';
import { labSettings, startRelay, until, type RunningRelay } from '../../support/running-relay.ts';
import { unless } from '../../support/unless.ts';
import { RawClient } from './raw-client.ts';

/*
 * Ways in which one message was smuggled inside another between two servers that do not agree where a message ends.
 * Behind us is a Postfix that takes a line to end with a bare LF.
 */

const it = unless(postfixObstacle(), test);

let lab: Lab;
let relay: RunningRelay;
beforeAll(async () => {
  const { domains, hosts } = await standardWorld();
  lab = await startLab({
    domains: domains.filter(({ name }) => name === 'postfix.test'),
    hosts: hosts.filter(({ kind }) => kind === 'postfix'),
  });
  relay = await startRelay({ set: labSettings(lab) });
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await lab?.stop();
});

/** Between the end of a line and a command: what some server takes for the end of a message. */
const pretended = [
  '\n.\n',
  '\n.\r\n',
  '\r\n.\n',
  '\r.\r',
  '\r.\r\n',
  '\r\n.\r',
  '\r.\n',
  '\n.\r',
  '\r\n\0.\r\n',
  '\r\n.\0\r\n',
  '\r\n\0.\0\r\n',
  '\0\n.\n',
  '\r\r\n.\r\n',
  '\r\n.\r\r\n',
  '\r\r\n.\r\r\n',
  '\r\r.\r\r',
  '\n\n.\n\n',
  '\n\r.\n\r',
  '\r\n.\n\r\n',
  '\r\n.\r.\r\n',
  '\n.\n.\r\n',
  // These are text, whatever they look like; they arrive as they were sent.
  '\r\n..\r\n',
  '\r\n...\r\n',
  '\r\n. \r\n',
  '\r\n .\r\n',
  '\r\n.\t\r\n',
  '\r\n.=\r\n',
  '\v.\v',
  '\f.\f',
  '\x85.\x85',
  '\r\n.\x85',
  '\xe2\x80\xa8.\xe2\x80\xa8',
] as const;

const inner =
  'MAIL FROM:<smuggled@evil.test>\r\nRCPT TO:<victim@postfix.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nsmuggled\r\n.\r\n';

function message(sequence: string, index: number): string {
  const header = `Subject: outer ${index}\r\nFrom: <outer@relay.test>\r\nDate: x\r\nMessage-ID: <${index}@relay.test>`;
  return `${header}\r\n\r\nouter ${index}${sequence}${inner}`;
}

/** Hands a message over, in pieces of that many octets; the reply to its end. */
async function submit(octets: Buffer, pieceBytes: number): Promise<string> {
  const client = await RawClient.open({ host: '127.0.0.1', port: relay.port });
  await client.reply();
  const ready = await client.talk(
    'EHLO client.example',
    'MAIL FROM:<outer@relay.test> BODY=8BITMIME',
    'RCPT TO:<user@postfix.test>',
    'DATA',
  );
  expect(ready).toMatch(/^354/);
  client.socket.setNoDelay(true);
  for (let at = 0; at < octets.length; at += pieceBytes) client.write(octets.subarray(at, at + pieceBytes));
  const reply = await client.reply();
  client.socket.destroy();
  return reply;
}

it('no second message ever comes out behind us', async () => {
  const taken: number[] = [];
  for (const [index, sequence] of pretended.entries()) {
    const octets = Buffer.from(message(sequence, index), 'latin1');
    for (const pieceBytes of [octets.length, 1]) {
      const reply = await submit(octets, pieceBytes);
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
  await until(() => relay.matching(/: removed$/).length === taken.length, 'every message to be delivered');
  const arrived = await postfix.waitForMessages(taken.length);
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

it.each([
  ['a sender', 'MAIL FROM:<outer@relay.test>\nRCPT TO:<victim@postfix.test>\r\n', /^550 5\.5\.2/],
  ['a sender with CR', 'MAIL FROM:<outer@relay.test>\rRCPT TO:<victim@postfix.test>\r\n', /^550 5\.5\.2/],
  ['a sender with NUL', 'MAIL FROM:<outer\0@relay.test>\r\n', /^550 5\.6\.0/],
  ['an ENVID', 'MAIL FROM:<outer@relay.test> ENVID=a+0D+0ARCPT\r\n', /^501 5\.5\.4/],
])('nothing is smuggled in %s', async (_, octets, reply) => {
  const client = await RawClient.open({ host: '127.0.0.1', port: relay.port });
  await client.reply();
  await client.say('EHLO client.example');
  client.write(octets);
  expect(await client.reply()).toMatch(reply);
  expect(await client.say('RCPT TO:<user@postfix.test> ORCPT=rfc822;a+0D+0ADATA')).toMatch(/^503/);
  client.socket.destroy();
});
