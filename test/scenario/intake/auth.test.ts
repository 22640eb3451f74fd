import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { beginExchange } from '../../../src/core/sasl/exchange.ts';
import { createLoginVerifier, type Check } from '../../../src/core/sasl-server/login-verifier.ts';
import type { ListenerRules } from '../../../src/core/intake/listener.ts';
import { plainListener } from '../../../src/core/intake/listener.ts';
import { readUsers, type UserTable } from '../../../src/core/users/users-file.ts';
import type { IntakeOptions, IntakePorts } from '../../../src/intake/intake-options.ts';
import { abilities, matches } from '../../../src/users/compute-hash.ts';
import { linesFor } from '../../../src/users/new-password.ts';
import { prepare } from '../../../src/users/prepare.ts';
import type { RawClient } from './raw-client.ts';
import { runIntake, type RunningIntake } from './running-intake.ts';

/** AUTH as clients meet it, octet by octet. The hashes are real, and computed in this thread. */

const password = 'correct horse';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const lines = await linesFor('Alice', password);
const bcrypt = 'bob:$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e';
const tableOf = (text: string): UserTable => readUsers(text, 'users', { prepare, abilities });
const withScram = tableOf(lines.join('\n'));
const withoutScram = tableOf([...lines, bcrypt].join('\n'));

interface Door extends RunningIntake {
  readonly computed: Check[];
  /** Says EHLO; its reply. */
  ehlo(): Promise<{ client: RawClient; offered: string }>;
}

async function door({
  rules = {},
  options = {},
  ports = {},
  table = withScram,
}: {
  readonly rules?: Partial<ListenerRules>;
  readonly options?: Partial<IntakeOptions>;
  readonly ports?: Partial<IntakePorts>;
  readonly table?: UserTable;
} = {}): Promise<Door> {
  const computed: Check[] = [];
  const logins = createLoginVerifier({
    table: () => table,
    prepare,
    check: async (against, word) => {
      computed.push(against);
      return matches(against, word);
    },
    now: () => Date.now(),
    processKey: randomBytes(32),
    decoyKey: randomBytes(32),
  });
  const listener = { ...plainListener('submission'), auth: 'offer' as const, tlsAuthOnly: false, ...rules };
  const intake = await runIntake(
    {
      listeners: [{ at: { kind: 'tcp', host: '127.0.0.1', port: 0 }, rules: listener }],
      networks: [],
      // Strangers, which all are here at first, get a tenth.
      clientLimit: 1000,
      ...options,
    },
    { logins, ...ports },
  );
  return {
    ...intake,
    computed,
    async ehlo() {
      const client = await intake.client();
      await client.reply();
      return { client, offered: await client.say('EHLO client.example') };
    },
  };
}

const plain = (user: string, word: string): string => `AUTH PLAIN ${base64(`\0${user}\0${word}`)}`;
const success = '235 2.7.0 Authentication successful';
const failure = '535 5.7.8 Error: authentication failed: wrong user or password';

describe('what is offered', () => {
  test('the strongest first, and SCRAM if every user has it', async () => {
    await using one = await door();
    expect((await one.ehlo()).offered).toContain('250-AUTH SCRAM-SHA-256 PLAIN LOGIN\n');
    await using other = await door({ table: withoutScram });
    const { client, offered } = await other.ehlo();
    expect(offered).toContain('250-AUTH PLAIN LOGIN\n');
    expect(await client.say('AUTH SCRAM-SHA-256')).toBe('504 5.5.4 Unsupported authentication mechanism');
    expect(await client.say('AUTH CRAM-MD5')).toBe('504 5.5.4 Unsupported authentication mechanism');
  });

  test('nothing where nobody can log in: without users, without TLS, on a listener without AUTH', async () => {
    await using empty = await door({ table: tableOf('') });
    const nobody = await empty.ehlo();
    expect(nobody.offered).not.toContain('AUTH');
    expect(await nobody.client.say(plain('alice', password))).toBe(
      '454 4.7.0 Temporary authentication failure: there are no users',
    );
    expect(empty.lines()).toContain(
      'localhost[127.0.0.1]: SASL PLAIN login is not possible now: there are no users',
    );
    await using clear = await door({ rules: { tlsAuthOnly: true } });
    const inClear = await clear.ehlo();
    expect(inClear.offered).not.toContain('AUTH');
    expect(await inClear.client.say(plain('alice', password))).toBe(
      '538 5.7.11 Encryption required for requested authentication mechanism',
    );
    expect(await inClear.client.say('MAIL FROM:<a@x.example> AUTH=<>')).toMatch(/^555 5\.5\.4/);
    expect(clear.computed).toEqual([]);
    await using none = await door({ rules: { auth: 'none' } });
    const off = await none.ehlo();
    expect(off.offered).not.toContain('AUTH');
    expect(await off.client.say(plain('alice', password))).toBe(
      '503 5.5.1 Error: authentication not enabled',
    );
  });
});

describe('mechanisms', () => {
  test.each([
    ['PLAIN with the command', [plain('alice', password)]],
    ['PLAIN with two blanks', [plain('alice', password).replace('PLAIN ', 'PLAIN  ')]],
    ['PLAIN in lower case', [plain('ALICE', password).replace('AUTH PLAIN', 'auth plain')]],
    ['PLAIN after the question', ['AUTH PLAIN', base64(`\0alice\0${password}`)]],
    ['PLAIN as somebody who is the same', [`AUTH PLAIN ${base64(`alice\0alice\0${password}`)}`]],
    ['LOGIN', ['AUTH LOGIN', base64('alice'), base64(password)]],
    ['LOGIN with the user in the command', [`AUTH LOGIN ${base64('alice')}`, base64(password)]],
  ])('%s', async (_, said) => {
    await using intake = await door();
    const { client } = await intake.ehlo();
    expect(await client.talk(...said)).toBe(success);
    expect(await client.talk('MAIL FROM:<a@x.example>', 'RCPT TO:<r@y.example>')).toBe('250 2.1.5 Ok');
    const [, method] = said.join(' ').toUpperCase().split(/ +/);
    expect(intake.lines()).toContain(
      `Q1: client=localhost[127.0.0.1], sasl_method=${method}, sasl_username=Alice`,
    );
    expect(await client.say('DATA')).toMatch(/^354/);
    expect(await client.say('Subject: x\r\n\r\nx\r\n.')).toMatch(/^250/);
    expect(intake.stored[0]?.message.client?.protocol).toBe('ESMTPA');
    expect(intake.stored[0]?.content).toContain('with ESMTPA id Q1');
    await client.say('QUIT');
    await expect
      .poll(() => intake.lines().at(-1))
      .toMatch(/ehlo=1 auth=1 mail=1 rcpt=1 data=1 quit=1 commands=6$/);
  });

  test('the questions, letter by letter', async () => {
    await using intake = await door();
    const { client } = await intake.ehlo();
    expect(await client.say('AUTH LOGIN')).toBe('334 VXNlcm5hbWU6');
    expect(await client.say(base64('x'))).toBe('334 UGFzc3dvcmQ6');
    expect(await client.say('*')).toBe('501 5.7.0 Authentication aborted');
    // A blank, and nothing behind it.
    let octets = '';
    client.socket.on('data', (text: string) => (octets += text));
    expect(await client.say('AUTH PLAIN')).toBe('334');
    expect(octets).toBe('334 \r\n');
    expect(await client.say('*')).toBe('501 5.7.0 Authentication aborted');
    expect(await client.say('AUTH PLAIN =')).toBe('501 5.5.2 Error: malformed authentication response');
    expect(await client.say('NOOP')).toBe('250 2.0.0 Ok');
  });

  test.each([true, false])('SCRAM-SHA-256, beginning with the command: %s', async (atOnce) => {
    await using intake = await door();
    const { client } = await intake.ehlo();
    const exchange = beginExchange('SCRAM-SHA-256', { user: 'alice', password }, 'clientnonce');
    let reply = await client.say(`AUTH SCRAM-SHA-256${atOnce ? ` ${exchange.initial}` : ''}`);
    if (!atOnce) {
      expect(reply).toBe('334');
      reply = await client.say(exchange.initial ?? '');
    }
    while (reply.startsWith('334')) {
      const step = await exchange.next(reply.slice(4));
      reply = await client.say('response' in step ? step.response : '*');
    }
    expect(reply).toBe(success);
    // The client has seen that we know the password too.
    expect(exchange.finish()).toBeUndefined();
    expect(intake.computed).toEqual([]);
  });
});

describe('what does not work', () => {
  test.each([
    ['a wrong password', plain('alice', 'wrong'), 'alice'],
    ['an unknown user', plain('mallory', password), 'mallory'],
    ['another identity', `AUTH PLAIN ${base64(`root\0alice\0${password}`)}`, 'alice'],
    ['a name to break the log with', plain('x]: SASL\r\nroot', 'x'), 'x]: SASL root'],
  ])('%s: the same reply, late, and a line for fail2ban', async (_, command, user) => {
    await using intake = await door();
    const { client } = await intake.ehlo();
    expect(await client.say(command)).toBe(failure);
    const refused = intake.events.find(({ event }) => event === 'login refused');
    expect(refused).toMatchObject({
      component: 'smtpd',
      severity: 'warning',
      text: `localhost[127.0.0.1]: SASL PLAIN authentication failed: wrong user or password, sasl_username=${user}`,
      fields: { mechanism: 'PLAIN', user },
    });
    expect(await client.say('MAIL FROM:<a@x.example>')).toBe('250 2.1.0 Ok');
    expect(await client.say('RCPT TO:<r@y.example>')).toBe('554 5.7.1 <r@y.example>: Relay access denied');
  });

  test('an unknown user costs as many computations of the same kind as a known one', async () => {
    await using intake = await door({ table: tableOf(bcrypt) });
    for (const user of ['bob', 'mallory']) {
      const { client } = await intake.ehlo();
      expect(await client.say(plain(user, 'wrong'))).toBe(failure);
    }
    expect(intake.computed).toHaveLength(2);
    expect(intake.computed[0]).toBe(intake.computed[1]);
  });

  test('SCRAM: an unknown user and a wrong password', async () => {
    await using intake = await door();
    for (const user of ['alice', 'mallory']) {
      const { client } = await intake.ehlo();
      const exchange = beginExchange('SCRAM-SHA-256', { user, password: 'wrong' }, 'clientnonce');
      const first = await client.say(`AUTH SCRAM-SHA-256 ${exchange.initial}`);
      expect(Buffer.from(first.slice(4), 'base64').toString()).toMatch(
        /^r=clientnonce\S+,s=[A-Za-z0-9+/]{22}==,i=65536$/,
      );
      const step = await exchange.next(first.slice(4));
      expect(await client.say('response' in step ? step.response : '*')).toBe(failure);
    }
    expect(intake.events.filter(({ event }) => event === 'login refused')).toHaveLength(2);
  });

  test('our own trouble is 454, and no failure for fail2ban', async () => {
    const logins = createLoginVerifier({
      table: () => withScram,
      prepare,
      check: () => Promise.reject(new Error('out of memory')),
      now: () => 0,
      processKey: randomBytes(32),
      decoyKey: randomBytes(32),
    });
    await using intake = await door({ ports: { logins } });
    const { client } = await intake.ehlo();
    expect(await client.say(plain('alice', password))).toBe(
      '454 4.7.0 Temporary authentication failure: passwords cannot be checked now',
    );
    expect(intake.lines().join()).not.toContain('authentication failed:');
    expect(await client.say('NOOP')).toBe('250 2.0.0 Ok');
  });

  test('out of turn', async () => {
    await using intake = await door();
    const early = await intake.client();
    await early.reply();
    expect(await early.say(plain('alice', password))).toBe('503 5.5.1 Error: send HELO/EHLO first');
    const { client } = await intake.ehlo();
    expect(await client.say('AUTH')).toBe('501 5.5.4 Syntax: AUTH mechanism [initial-response]');
    expect(await client.say('AUTH PLAIN a b')).toBe('501 5.5.4 Syntax: AUTH mechanism [initial-response]');
    await client.say('MAIL FROM:<a@x.example>');
    expect(await client.say(plain('alice', password))).toBe('503 5.5.1 Error: MAIL transaction in progress');
    await client.say('RSET');
    expect(await client.say(plain('alice', password))).toBe(success);
    expect(await client.say(plain('alice', password))).toBe('503 5.5.1 Error: already authenticated');
    // EHLO again changes nothing about who it is.
    await client.say('EHLO client.example');
    expect(await client.talk('MAIL FROM:<a@x.example>', 'RCPT TO:<r@y.example>')).toBe('250 2.1.5 Ok');
  });
});

describe('listener.auth = "require"', () => {
  test('no mail without a login, also for clients in networks', async () => {
    await using intake = await door({ rules: { auth: 'require' }, options: { networks: ['127.0.0.1/32'] } });
    const { client } = await intake.ehlo();
    for (const line of ['MAIL FROM:<a@x.example>', 'RCPT TO:<r@y.example>', 'DATA', 'VRFY x'])
      expect(await client.say(line)).toBe('530 5.7.0 Authentication required');
    for (const line of ['NOOP', 'RSET']) expect(await client.say(line)).toBe('250 2.0.0 Ok');
    expect(await client.say(plain('alice', password))).toBe(success);
    expect(await client.talk('MAIL FROM:<a@x.example>', 'RCPT TO:<r@y.example>')).toBe('250 2.1.5 Ok');
  });
});

describe('MAIL FROM with AUTH= (RFC 4954 §5)', () => {
  test.each(['AUTH=<>', 'AUTH=e+3Dmc2@example.com', `AUTH=${'x'.repeat(480)}`])(
    '%s is taken, and goes nowhere',
    async (parameter) => {
      await using intake = await door();
      const { client } = await intake.ehlo();
      await client.say(plain('alice', password));
      expect(await client.say(`MAIL FROM:<a@x.example> ${parameter}`)).toBe('250 2.1.0 Ok');
      expect(await client.talk('RCPT TO:<r@y.example>', 'DATA')).toMatch(/^354/);
      expect(await client.say('x\r\n.')).toMatch(/^250/);
      expect(JSON.stringify(intake.stored[0]?.message.envelope)).not.toMatch(/auth|mc2|xxx/i);
    },
  );
  test('what is no xtext is refused', async () => {
    await using intake = await door();
    const { client } = await intake.ehlo();
    expect(await client.say('MAIL FROM:<a@x.example> AUTH=a+zz')).toBe('501 5.5.4 Bad AUTH parameter syntax');
  });
});

describe('who guesses', () => {
  test('waits longer each time, and is sent away', async () => {
    await using intake = await door();
    const { client } = await intake.ehlo();
    const began = Date.now();
    const replies = [
      await client.say(plain('alice', 'guess 1')),
      await client.say(plain('alice', 'guess 2')),
    ];
    expect(replies).toEqual([failure, failure]);
    // One second, then two. A busy machine only adds to it.
    expect(Date.now() - began).toBeGreaterThan(2900);
  });

  test('is sent away after five failures', async () => {
    await using intake = await door({ options: { loginFailureDelayMs: 1 } });
    const { client } = await intake.ehlo();
    for (let count = 1; count < 5; count += 1)
      expect(await client.say(plain('alice', `guess ${count}`))).toBe(failure);
    expect(await client.say(plain('alice', 'guess 5'))).toBe(
      '421 4.7.0 relay.example Error: too many failed logins',
    );
    await client.closed();
  });

  test('intake.client_auth_rate_limit', async () => {
    await using intake = await door({ options: { clientAuthRateLimit: 1 } });
    const { client } = await intake.ehlo();
    await client.talk('AUTH LOGIN', '*');
    expect(await client.say(plain('alice', password))).toBe(
      '450 4.7.1 Error: too many AUTH commands from 127.0.0.1',
    );
    expect(intake.lines()).toContain(
      'AUTH command rate limit exceeded: 2 from localhost[127.0.0.1] for service smtpd',
    );
    expect(intake.computed).toEqual([]);
  });
});

describe('abuse', () => {
  test('a response of 12288 octets is read, a longer one ends the session', async () => {
    await using intake = await door();
    const { client } = await intake.ehlo();
    await client.say('AUTH PLAIN');
    const long = base64(`\0alice\0${'x'.repeat(9209)}`);
    expect(long).toHaveLength(12_288);
    expect(await client.say(long)).toBe(failure);
    await client.say('AUTH PLAIN');
    client.write('A'.repeat(12_290));
    expect(await client.reply()).toBe('500 5.5.6 SASL response limit exceeded');
    await client.closed();
    // After the exchange, commands are as short as before.
    const after = await intake.ehlo();
    await after.client.talk('AUTH PLAIN', '*');
    after.client.write(`NOOP ${'x'.repeat(3000)}`);
    expect(await after.client.reply()).toMatch(/^421/);
  });

  test('commands that come with AUTH are answers to its questions, or wait for its reply', async () => {
    await using intake = await door();
    const { client } = await intake.ehlo();
    client.write(`AUTH LOGIN\r\nMAIL FROM:<a@x.example>\r\n${plain('alice', password)}\r\nNOOP\r\n`);
    expect([await client.reply(), await client.reply(), await client.reply(), await client.reply()]).toEqual([
      '334 VXNlcm5hbWU6',
      '501 5.5.2 Error: malformed authentication response',
      success,
      '250 2.0.0 Ok',
    ]);
  });

  test('a client that leaves in the midst leaves nothing behind', async () => {
    await using intake = await door();
    const { client } = await intake.ehlo();
    await client.say('AUTH LOGIN');
    client.socket.destroy();
    await expect.poll(() => intake.lines().at(-1)).toMatch(/^disconnect from/);
    const silent = await intake.ehlo();
    silent.client.write(`${plain('alice', 'wrong')}\r\n`);
    await expect.poll(() => intake.events.some(({ event }) => event === 'login refused')).toBe(true);
    silent.client.socket.destroy();
    await intake.stop();
  });

  test('a stop does not wait for those that guess', async () => {
    await using intake = await door();
    const { client } = await intake.ehlo();
    client.write(`${plain('alice', 'wrong')}\r\n`);
    await expect.poll(() => intake.events.some(({ event }) => event === 'login refused')).toBe(true);
    const stopped = intake.stop();
    expect(await client.reply()).toBe('421 4.3.2 relay.example Error: server shutting down');
    await stopped;
  });

  test('nothing that is secret is in the log', async () => {
    await using intake = await door({ options: { loginFailureDelayMs: 1 } });
    const secret = 'hush-hush-password';
    const said = [
      plain('alice', secret),
      `AUTH PLAIN ${secret}`,
      `AUTH ${secret}`,
      `AUTH PLAIN ${base64(secret)} ${secret}`,
    ];
    for (const line of said) {
      const { client } = await intake.ehlo();
      await client.say(line);
    }
    const { client } = await intake.ehlo();
    await client.say('AUTH LOGIN');
    await client.say(base64('alice'));
    await client.say(`${base64(secret)}!`);
    await client.talk('AUTH LOGIN', base64('alice'));
    client.write(`${base64(secret)}\n`);
    client.write(`\x01${secret}\r\n`);
    await client.reply();
    await intake.stop(1);
    const log = JSON.stringify(intake.events);
    for (const word of [secret, base64(secret), base64(`\0alice\0${secret}`)])
      expect(log).not.toContain(word);
  });
});

describe('who may use which sender', () => {
  const rights: Partial<IntakePorts> = {
    senderRefusal: ({ sender, user }) =>
      sender === 'boss@x.example' && user !== 'Alice'
        ? `553 5.7.1 <${sender}>: Sender address rejected: not logged in`
        : undefined,
  };
  test('is judged at RCPT, and logged', async () => {
    await using intake = await door({ ports: rights });
    const { client } = await intake.ehlo();
    expect(await client.say('MAIL FROM:<boss@x.example>')).toBe('250 2.1.0 Ok');
    const reply = '553 5.7.1 <boss@x.example>: Sender address rejected: not logged in';
    expect(await client.say('RCPT TO:<r@y.example>')).toBe(reply);
    expect(intake.lines().at(-1)).toBe(
      `NOQUEUE: reject: RCPT from localhost[127.0.0.1]: ${reply}; from=<boss@x.example> to=<r@y.example> proto=ESMTP helo=<client.example>`,
    );
    await client.talk('RSET', plain('alice', password), 'MAIL FROM:<boss@x.example>');
    expect(await client.say('RCPT TO:<r@y.example>')).toBe('250 2.1.5 Ok');
  });
});
