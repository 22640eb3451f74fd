import { chmod, copyFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../../src/children/free-port.ts';
import { makeScratch, type Scratch } from '../../lab/scratch.ts';
import { until } from '../../lab/until.ts';
import { runCommand } from '../../support/run-command.ts';
import { startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { unless } from '../../support/unless.ts';
import { loginClients, type Attempt, type LoginClient } from './login-clients.ts';

/**
 * Programs that others wrote log in: at a relay with a certificate that `dane-relay certificate create` made, and a user
 * that `dane-relay user add` made.
 */

const [user, password, hostname] = ['app', 'correct horse battery', 'relay.example.net'];
const doors = ['starttls', 'implicit'] as const;
let scratch: Scratch;
let relay: RunningRelay;
let ports: Readonly<Record<Attempt['tls'], number>>;
/** The authority of the certificate, and another one. */
let authority: string;
let stranger: string;

async function makeCertificate(
  name: string,
): Promise<{ readonly authority: string; readonly files: string }> {
  const files = path.join(scratch.directory, name);
  const { code, stderr } = await runCommand(['certificate', 'create', '--directory', files], { hostname });
  expect([code, stderr]).toEqual([0, '']);
  // For everybody to read, Postfix included.
  const copy = path.join(scratch.directory, `${name}.crt`);
  await copyFile(path.join(files, 'ca.crt'), copy);
  await chmod(copy, 0o644);
  return { authority: copy, files };
}

beforeAll(async () => {
  scratch = await makeScratch('login-clients');
  const own = await makeCertificate('own');
  authority = own.authority;
  stranger = (await makeCertificate('other')).authority;
  const users = path.join(scratch.directory, 'users');
  expect((await runCommand(['user', 'add', user], { 'intake.users': users }, password)).code).toBe(0);
  const [submission, implicit] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')];
  ports = { starttls: submission, none: submission, implicit };
  const files = `certificate = ["${own.files}/relay.crt"], key = ["${own.files}/relay.key"]`;
  const listeners = doors.map(
    (tls) => `{ address = "127.0.0.1:${ports[tls]}", tls = "${tls}", auth = "require", ${files} }`,
  );
  relay = await startRelay({
    set: {
      hostname,
      listen: '',
      listener: `[${listeners.join(', ')}]`,
      // Only the login counts.
      networks: '',
      'intake.users': users,
      'intake.login_failure_delay': '1ms',
      // What it takes stays in its queue.
      'dns.servers': '127.0.0.1:1',
    },
  });
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await scratch?.remove();
});

let attempts = 0;
/** Of a sender that is like no other. */
function attempt(tls: Attempt['tls'], mechanism: string, other: Partial<Attempt> = {}): Attempt {
  const sender = `attempt${(attempts += 1)}@x.example`;
  const { directory } = scratch;
  return {
    tls,
    port: ports[tls],
    mechanism,
    user,
    password,
    authority,
    hostname,
    sender,
    directory,
    ...other,
  };
}

/** What was taken of a sender: the lines in which the relay says who brought it. */
function taken(sender: string): readonly string[] {
  const ids = relay
    .matching(new RegExp(`from=<${sender}>, size=`))
    .map((line) => /: (\w+): from=/.exec(line)?.[1]);
  return ids.flatMap((id) => relay.matching(new RegExp(`: ${id}: client=`)));
}

/** Lets a client do it. Resolves with what it said, and with what the relay said of its session when that was over. */
async function session(
  send: LoginClient['send'],
  asked: Attempt,
): Promise<{ readonly said: string; readonly told: string; readonly end: string }> {
  const before = relay.lines.length;
  const said = await send(asked);
  const lines = (): readonly string[] => relay.lines.slice(before);
  const end = (): string | undefined => lines().find((line) => line.includes(': disconnect from'));
  await until(() => end() !== undefined, 'the end of the session');
  return { said, told: lines().join('\n'), end: end() ?? '' };
}

describe.each(loginClients)('$name', ({ obstacle, mechanisms, refused, distrusts, send }) => {
  const cases = mechanisms.flatMap((mechanism) => doors.map((tls) => [mechanism, tls] as const));

  unless(obstacle, test).each(cases)('logs in with %s, %s', async (mechanism, tls) => {
    const asked = attempt(tls, mechanism);
    const { said, told, end } = await session(send, asked);
    expect(taken(asked.sender), said).toEqual([
      expect.stringMatching(
        new RegExp(`client=localhost\\[127\\.0\\.0\\.1\\], sasl_method=${mechanism}, sasl_username=${user}$`),
      ),
    ]);
    expect(told).toMatch(/TLS connection established from localhost\[127\.0\.0\.1\]: TLSv1\.3 /);
    expect(end.includes(' starttls=1 ')).toBe(tls === 'starttls');
    expect(end).toContain(' auth=1 mail=1 rcpt=1 data=1 ');
  });

  unless(obstacle, test).each(doors)(
    'a wrong password, %s: it says so, and no mail is taken',
    async (tls) => {
      const asked = attempt(tls, mechanisms[0] ?? '', { password: 'of yesterday' });
      const { said, told, end } = await session(send, asked);
      expect(said).toMatch(refused);
      expect(told).toContain(
        `SASL ${mechanisms[0]} authentication failed: wrong user or password, sasl_username=${user}`,
      );
      expect(end).not.toMatch(/ mail=1/);
      expect(taken(asked.sender)).toEqual([]);
    },
  );

  unless(obstacle, test).each(doors)('an unknown authority, %s: it does not log in', async (tls) => {
    const asked = attempt(tls, mechanisms[0] ?? '', { authority: stranger });
    const { said, end } = await session(send, asked);
    expect(said).toMatch(distrusts);
    expect(end).not.toMatch(/auth=|mail=/);
  });
});

const swaks = loginClients.find(({ name }) => name === 'swaks');
unless(swaks?.obstacle, test)('without TLS no login is offered, and swaks says no password', async () => {
  const said = await swaks?.send(attempt('none', 'PLAIN'));
  expect(said).toMatch(/250-STARTTLS[\s\S]*Host did not advertise authentication/);
  expect(said).not.toContain('AUTH');
});
