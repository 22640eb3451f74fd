import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { belongings } from '../../support/belongings.ts';
import { runCommand } from '../../support/run-command.ts';
import { startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { RawClient } from './raw-client.ts';

/** The relay as it is started: its file of users, and its threads that compute hashes. */

const keep = belongings();
const password = 'correct horse battery';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const plain = (user: string, word: string): string => `AUTH PLAIN ${base64(`\0${user}\0${word}`)}`;
const success = '235 2.7.0 Authentication successful';

let directory: string;
let users: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dane-relay-'));
  users = join(directory, 'users');
  const added = await runCommand(['user', 'add', 'alice'], { 'intake.users': users }, password);
  expect(added.code).toBe(0);
});
afterAll(() => rm(directory, { recursive: true }));

async function relayWith(set: Readonly<Record<string, string>> = {}): Promise<RunningRelay> {
  return keep(
    await startRelay({
      set: {
        listen: '',
        listener: '[{ address = "127.0.0.1:0", auth = "offer", tls_auth_only = false }]',
        networks: '',
        'intake.users': users,
        'intake.login_failure_delay': '1s',
        'dns.servers': '127.0.0.1:1',
        ...set,
      },
    }),
  );
}

async function ehlo(relay: RunningRelay): Promise<RawClient> {
  const client = await RawClient.open({ host: '127.0.0.1', port: relay.port });
  await client.reply();
  await client.say('EHLO client.example');
  return client;
}

test('a user logs in and sends; the relay says who it was', async () => {
  const relay = await relayWith();
  const client = await ehlo(relay);
  expect(await client.say(plain('alice', password))).toBe(success);
  await client.talk('MAIL FROM:<a@x.example>', 'RCPT TO:<r@y.example>', 'DATA');
  expect(await client.say('Subject: x\r\n\r\nx\r\n.')).toMatch(/^250/);
  await relay.line(/: client=localhost\[127\.0\.0\.1\], sasl_method=PLAIN, sasl_username=alice$/);
  expect(await relay.metrics()).toContain('dane_relay_events_total{event="queued"} 1');
  client.socket.destroy();
  expect(await relay.stop()).toBe(0);
  const all = relay.lines.join('\n');
  for (const secret of [password, base64(password), base64(`\0alice\0${password}`)])
    expect(all).not.toContain(secret);
});

test('the file of users is read again when it changes, and at SIGHUP; what is worse stays outside', async () => {
  const relay = await relayWith();
  const client = await ehlo(relay);
  expect(await client.say(plain('bob', password))).toMatch(/^535/);
  await runCommand(['user', 'add', 'bob'], { 'intake.users': users }, password);
  await relay.line(/: 2 users$/);
  expect(await client.say(plain('bob', password))).toBe(success);
  await runCommand(['user', 'remove', 'bob'], { 'intake.users': users });
  await relay.line(/: 1 users$/);
  const other = await ehlo(relay);
  expect(await other.say(plain('bob', password))).toMatch(/^535/);
  // Written by everybody it is nobody's file: the old users stay.
  await chmod(users, 0o666);
  relay.signal('SIGHUP');
  await relay.line(/error: not read again, the old users stay in force: .*found mode 666/);
  expect((await relay.health()).body.problems['users']).toMatch(/found mode 666/);
  await chmod(users, 0o600);
  expect(await other.say(plain('alice', password))).toBe(success);
  client.socket.destroy();
  other.socket.destroy();
});

test('a flood of guesses has a bound, and neither holds the relay up nor keeps anybody out', async () => {
  const relay = await relayWith({ 'intake.client_limit': '1000', 'intake.login_failure_delay': '10ms' });
  const guessers = await Promise.all(Array.from({ length: 60 }, () => ehlo(relay)));
  const replies = Promise.all(guessers.map((client, at) => client.say(plain('alice', `guess ${at}`))));
  // One that logs in from the same address meanwhile is told to come again, at worst: its password is not wrong.
  const honest = await ehlo(relay);
  let said = await honest.say(plain('alice', password));
  for (; said.startsWith('454'); said = await honest.say(plain('alice', password)));
  expect(said).toBe(success);
  // Commands are served while hashes are computed.
  expect(await honest.say('NOOP')).toBe('250 2.0.0 Ok');
  const kinds = (await replies).map((reply) => reply.slice(0, 3));
  expect(new Set(kinds)).toEqual(new Set(['454', '535']));
  expect(
    relay.matching(/SASL PLAIN authentication failed: wrong user or password, sasl_username=alice$/),
  ).toHaveLength(kinds.filter((kind) => kind === '535').length);
  // In the words of the watch over the event loop: nothing held it.
  expect(relay.matching(/the event loop was held/)).toEqual([]);
  for (const client of [honest, ...guessers]) client.socket.destroy();
});

test('a listener with auth wants users', async () => {
  const set = {
    listener: '[{ address = "127.0.0.1:0", auth = "require", tls_auth_only = false }]',
    hostname: 'relay.test',
  };
  const { code, stderr } = await runCommand(['check-config'], set);
  expect(code).toBe(78);
  expect(stderr).toContain('intake.users: found "", wanted a file for the listeners with auth');
  const empty = join(directory, 'empty');
  await writeFile(empty, '# nobody yet\n', { mode: 0o600 });
  expect((await runCommand(['check-config'], { ...set, 'intake.users': empty })).code).toBe(0);
});
