import { randomBytes } from 'node:crypto';
import { createLoginVerifier, type LoginPorts } from '../../../../src/core/sasl-server/login-verifier.ts';
import { judgeSender, readSenderRights } from '../../../../src/core/users/sender-rights.ts';
import { readUsers } from '../../../../src/core/users/users-file.ts';
import type { IntakePorts } from '../../../../src/intake/intake-options.ts';
import { abilities, matches } from '../../../../src/users/compute-hash.ts';
import { prepare } from '../../../../src/users/prepare.ts';
import { ehlo, inOrder, listening, local, mail, said, type Rejection, type Rejections } from './rejection.ts';

const alice = 'alice:$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const plain = (word: string): string => `AUTH PLAIN ${base64(`\0alice\0${word}`)}`;
const right = plain('correct horse');
const wrong = plain('of yesterday');
const failure = '535 5.7.8 Error: authentication failed: wrong user or password';
const failureLine = `${local}: SASL PLAIN authentication failed: wrong user or password, sasl_username=alice`;

/** What checks logins, of users with this file. */
function users(
  text: string,
  check: LoginPorts['check'] = async (...word) => matches(...word),
): Partial<IntakePorts> {
  const table = readUsers(text, 'users', { prepare, abilities });
  const keys = { processKey: randomBytes(32), decoyKey: randomBytes(32) };
  return {
    logins: createLoginVerifier({ table: () => table, prepare, check, now: () => Date.now(), ...keys }),
  };
}

/** On a listener that offers AUTH without TLS. */
function atAuth(
  situation: string,
  before: readonly string[],
  command: string,
  reply: string,
  more: Partial<Rejection> = {},
): Rejection {
  const options = { ...listening({ auth: 'offer', tlsAuthOnly: false }), loginFailureDelayMs: 1 };
  return {
    situation,
    before,
    said: command,
    reply,
    ports: users(alice),
    ...more,
    options: { ...options, ...more.options },
  };
}

/** The boss's address is the boss's alone. */
const rights: Partial<IntakePorts> = {
  ...users(alice),
  senderRefusal: (claim) =>
    judgeSender(
      ['reject_sender_login_mismatch'],
      readSenderRights('boss@x.example boss', 'senders'),
      claim,
      () => false,
    ),
};

function atSender(situation: string, before: readonly string[], why: string): Rejection {
  const reply = `553 5.7.1 <boss@x.example>: Sender address rejected: ${why}`;
  const line = `NOQUEUE: reject: RCPT from ${local}: ${reply}; from=<boss@x.example> to=<r@y.example> ${said}`;
  const all = [...before, 'MAIL FROM:<boss@x.example>'];
  return atAuth(situation, all, 'RCPT TO:<r@y.example>', reply, { ports: rights, line });
}

/** Refused in a transaction, or where one would begin. */
function required(situation: string, command: string, reply: string, more: Partial<Rejection>): Rejection {
  const line = `NOQUEUE: reject: MAIL from ${local}: ${reply}; ${said}`;
  return { ...inOrder(situation, [ehlo], command, reply), line, ...more };
}

export const tlsAndLogins: readonly Rejections[] = [
  {
    title: 'TLS (STARTTLS)',
    rows: [
      required(
        'MAIL before STARTTLS, on a listener with `tls_required`, or with `auth = "require"` and `tls_auth_only`',
        'MAIL FROM:<s@x.example>',
        '530 5.7.0 Must issue a STARTTLS command first',
        { options: listening({ tls: 'starttls', tlsRequired: true }) },
      ),
      {
        ...inOrder('STARTTLS with a parameter', [ehlo], 'STARTTLS now', '501 5.5.4 Syntax: STARTTLS'),
        options: listening({ tls: 'starttls' }),
      },
      {
        ...inOrder(
          'STARTTLS under TLS, that of `tls = "implicit"` too',
          [ehlo],
          'STARTTLS',
          '554 5.5.1 Error: TLS already active',
        ),
        secured: true,
        options: listening({ tls: 'implicit' }),
      },
      {
        ...inOrder(
          'STARTTLS while no certificate of the listener can be used',
          [ehlo],
          'STARTTLS',
          '454 4.7.0 TLS not available due to local problem',
        ),
        options: listening({ tls: 'starttls' }, () => undefined),
      },
      {
        situation:
          'a client sends more behind STARTTLS and does not wait for the reply (`intake.forbid_unauth_pipelining`)',
        before: [ehlo],
        said: 'STARTTLS\r\nMAIL FROM:<s@x.example>',
        reply: '554 5.5.0 Error: SMTP protocol synchronization',
        line: `improper command pipelining after STARTTLS from ${local}`,
        closes: true,
        options: listening({ tls: 'starttls' }),
      },
    ],
  },
  {
    title: 'Logins (AUTH)',
    rows: [
      atAuth('a wrong password, or a user that there is not', [ehlo], wrong, failure, { line: failureLine }),
      atAuth(
        'the fifth login in a session that fails',
        [ehlo, wrong, wrong, wrong, wrong],
        wrong,
        '421 4.7.0 relay.example Error: too many failed logins',
        { closes: true, line: failureLine },
      ),
      atAuth(
        'more AUTH commands than `intake.client_auth_rate_limit`',
        [ehlo, wrong],
        right,
        '450 4.7.1 Error: too many AUTH commands from 127.0.0.1',
        {
          options: { clientAuthRateLimit: 1 },
          line: `AUTH command rate limit exceeded: 2 from ${local} for service smtpd`,
        },
      ),
      atAuth(
        'passwords cannot be checked',
        [ehlo],
        right,
        '454 4.7.0 Temporary authentication failure: passwords cannot be checked now',
        {
          ports: users(alice, () => Promise.reject(new Error('out of memory'))),
          line: `${local}: SASL PLAIN login is not possible now: passwords cannot be checked now`,
        },
      ),
      atAuth(
        '`intake.users` has nobody',
        [ehlo],
        right,
        '454 4.7.0 Temporary authentication failure: there are no users',
        { ports: users(''), line: `${local}: SASL PLAIN login is not possible now: there are no users` },
      ),
      inOrder(
        'AUTH on a listener without logins',
        [ehlo],
        right,
        '503 5.5.1 Error: authentication not enabled',
      ),
      atAuth('AUTH before EHLO', [], right, '503 5.5.1 Error: send HELO/EHLO first'),
      atAuth('AUTH in a transaction', mail, right, '503 5.5.1 Error: MAIL transaction in progress'),
      atAuth('AUTH after a login', [ehlo, right], right, '503 5.5.1 Error: already authenticated'),
      atAuth(
        'AUTH without TLS, unless `tls_auth_only` is false',
        [ehlo],
        right,
        '538 5.7.11 Encryption required for requested authentication mechanism',
        { options: listening({ auth: 'offer' }) },
      ),
      atAuth(
        'a mechanism that EHLO does not list',
        [ehlo],
        'AUTH CRAM-MD5',
        '504 5.5.4 Unsupported authentication mechanism',
      ),
      atAuth(
        'AUTH without a mechanism, or with too many words',
        [ehlo],
        'AUTH',
        '501 5.5.4 Syntax: AUTH mechanism [initial-response]',
      ),
      atAuth(
        'a response that is no base64, or not what the mechanism wants',
        [ehlo, 'AUTH PLAIN'],
        'x',
        '501 5.5.2 Error: malformed authentication response',
      ),
      atAuth('a client gives up', [ehlo, 'AUTH LOGIN'], '*', '501 5.7.0 Authentication aborted'),
      atAuth(
        'a response of more than 12288 octets',
        [ehlo, 'AUTH PLAIN'],
        'A'.repeat(12_290),
        '500 5.5.6 SASL response limit exceeded',
        { closes: true },
      ),
      required(
        'MAIL, RCPT, DATA or VRFY before a login, on a listener with `auth = "require"`',
        'MAIL FROM:<s@x.example>',
        '530 5.7.0 Authentication required',
        { options: listening({ auth: 'require', tlsAuthOnly: false }), ports: users(alice) },
      ),
      atSender(
        'a sender of `intake.sender_login_maps` that a client uses without a login (`intake.sender_restrictions`)',
        [ehlo],
        'not logged in',
      ),
      atSender("one that is not the user's", [ehlo, right], 'not owned by user alice'),
      atAuth(
        'AUTH= of MAIL FROM that is no xtext',
        [ehlo, right],
        'MAIL FROM:<s@x.example> AUTH=a+zz',
        '501 5.5.4 Bad AUTH parameter syntax',
        { line: `NOQUEUE: reject: MAIL from ${local}: 501 5.5.4 Bad AUTH parameter syntax; ${said}` },
      ),
    ],
  },
];
