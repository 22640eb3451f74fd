import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import type {
  ObservedTarget,
  SessionEvent,
  SessionObserver,
} from '../../../src/core/delivery/session-event.ts';
import type { Login } from '../../../src/core/sasl/login.ts';
import { tlsaFor, makeCertificate } from '../../support/test-ca.ts';
import { policyAt } from '../../support/delivery-kit.ts';
import { credentials, serverFixture, type Script } from './scripted-server.ts';
import { call, offer, transactionOf } from './session-kit.ts';

const serve = serverFixture();
const certificate = makeCertificate({ names: ['mx.test'] });
const tls = credentials(certificate);
const base64 = (text: string): string => Buffer.from(text).toString('base64');

interface Watched {
  readonly events: SessionEvent[];
  readonly targets: ObservedTarget[];
  listens: boolean;
  readonly observe: (target: ObservedTarget) => SessionObserver;
}

function watch(): Watched {
  const watched: Watched = {
    events: [],
    targets: [],
    listens: true,
    observe(target) {
      watched.targets.push(target);
      return {
        get listens() {
          return watched.listens;
        },
        note: (event) => watched.events.push(event),
      };
    },
  };
  return watched;
}

/** The events as short lines. */
function shown(events: readonly SessionEvent[]): string[] {
  return events.map((event) => {
    switch (event.kind) {
      case 'said':
        return `${event.secure ? '~>' : '->'} ${event.text.replaceAll('\r\n', '|')}`;
      case 'content':
        return `${event.secure ? '~>' : '->'} content ${event.octets}`;
      case 'heard':
        return `${event.secure ? '<~' : '<-'} ${event.lines.join('|')}`;
      case 'tls':
        return `tls ${event.facts.protocol} ${event.chain.join('|')}`;
      case 'judged':
        return `judged ${event.level} ${event.word} ${String(event.ok)} ${event.words.join('|')}`;
      case 'offered':
        return `offered ${event.queueId ?? '?'} ${event.recipients.join()}`;
      case 'outcome':
        return `outcome ${event.sent}/${event.deferred}/${event.bounced} ${event.reasons.join('|')}`;
      case 'trouble':
        return `trouble ${event.text}`;
      case 'connected':
      case 'ended':
        return event.kind;
    }
  });
}

test('a session over TLS, from the connection to its end; content is a number', async () => {
  const server = await serve({ tls, ehlo: ['PIPELINING', 'STARTTLS'] });
  const { observe, events, targets } = watch();
  const { connected } = await call(server, 'encrypt', { observe });
  if (connected.kind === 'trouble') throw new Error(connected.status.reason);
  const { session } = connected;
  await offer(session, transactionOf('Subject: x\r\n\r\nThe unspeakable\r\n', { queueId: '4TEST' }));
  session.close();
  expect(targets).toMatchObject([
    { host: 'mx.test', address: '127.0.0.1', port: server.port, level: 'encrypt' },
  ]);
  expect(shown(events)).toEqual([
    'connected',
    '<- 220 mx.test ESMTP',
    '-> EHLO relay.test|',
    '<- 250-mx.test|250-PIPELINING|250 STARTTLS',
    '-> STARTTLS|',
    expect.stringMatching(/^<- 220 /),
    'tls TLSv1.3 depth 0: subject=/CN=mx.test, issuer=/CN=mx.test',
    'judged encrypt Verified true ',
    '~> EHLO relay.test|',
    '<~ 250-mx.test|250 PIPELINING',
    'offered 4TEST b@example.net',
    '~> MAIL FROM:<a@example.org>|RCPT TO:<b@example.net>|DATA|',
    '<~ 250 2.1.0 Ok',
    '<~ 250 2.1.5 Ok',
    '<~ 354 End data with <CR><LF>.<CR><LF>',
    '~> content 34',
    '<~ 250 2.0.0 Ok: queued as 4TEST',
    'outcome 1/0/0 ',
    '~> QUIT|',
    'ended',
  ]);
  expect(JSON.stringify(events)).not.toContain('unspeakable');
});

test('a chain that policy refuses: why, and nothing after it', async () => {
  const server = await serve({ tls, ehlo: ['STARTTLS'] });
  const { observe, events } = watch();
  const policy = policyAt('dane', { tlsa: [tlsaFor(certificate, '3 1 1')] });
  const judge = () =>
    ({ word: 'Untrusted', ok: false, detail: 'num=65:no matching DANE TLSA records', depth: 0 }) as const;
  await call(server, policy, { observe, judge });
  const at = `mx.test[127.0.0.1]:${server.port}`;
  expect(shown(events).slice(-3)).toEqual([
    `judged dane Untrusted false server certificate verification failed for ${at}: num=65:no matching DANE TLSA records`,
    'trouble Server certificate not verified',
    'ended',
  ]);
});

test('trouble is told once, in the words of the log', async () => {
  const server = await serve({ on: { RCPT: { drop: '' } } });
  const { observe, events } = watch();
  const { connected } = await call(server, 'none', { observe });
  if (connected.kind === 'trouble') throw new Error(connected.status.reason);
  await offer(connected.session, transactionOf('x\r\n'));
  expect(shown(events).slice(-3)).toEqual([
    'trouble lost connection with mx.test[127.0.0.1] while sending RCPT TO',
    'outcome 0/1/0 lost connection with mx.test[127.0.0.1] while sending RCPT TO',
    'ended',
  ]);
});

test('nobody there', async () => {
  const server = await serve({});
  await server.stop();
  const { observe, events } = watch();
  await call(server, 'none', { observe });
  expect(shown(events)).toEqual([
    `trouble connect to mx.test[127.0.0.1]:${server.port}: Connection refused`,
    'ended',
  ]);
});

test('who does not listen is told nothing, and hears the rest once he listens', async () => {
  const server = await serve({});
  const watched = watch();
  watched.listens = false;
  const { connected } = await call(server, 'none', { observe: watched.observe });
  if (connected.kind === 'trouble') throw new Error(connected.status.reason);
  await offer(connected.session, transactionOf('x\r\n'));
  expect(watched.events).toEqual([]);
  watched.listens = true;
  connected.session.close();
  expect(shown(watched.events)).toEqual(['-> QUIT|', 'ended']);
});

const user = 'relay-user';
const password = 'open sesame, 7 times';
const login: Login = {
  user,
  password,
  id: '1',
  rules: {
    filter: [],
    clear: ['noanonymous'],
    tls: ['noanonymous'],
    verified: ['noanonymous'],
    softBounce: true,
  },
};
const challenge = '<1896.697170952@mx.test>';
const digest = createHmac('md5', password).update(challenge).digest('hex');
const plainResponse = base64(`\0${user}\0${password}`);

/** What nobody may see: the password, the user, and all that was said. */
const secrets = [
  password,
  base64(password),
  user,
  base64(user),
  plainResponse,
  base64(`${user} ${digest}`),
  digest,
];

/** Each mechanism, accepted and refused, by a server that repeats what it was told, at once and later. */
const logins: readonly (readonly [string, Script])[] = [
  ['PLAIN', { on: { AUTH: (line) => `235 2.7.0 welcome ${line} ${password}` } }],
  ['PLAIN', { on: { AUTH: (line) => `535-5.7.8 no\r\n535 5.7.8 ${line} ${base64(password)}` } }],
  [
    'LOGIN',
    {
      on: { AUTH: '334 VXNlcm5hbWU6' },
      otherwise: (line) => (line === base64(user) ? `334 ${line}` : `235 ${line}`),
    },
  ],
  ['LOGIN', { on: { AUTH: '334 VXNlcm5hbWU6' }, otherwise: (line) => `535 5.7.8 ${line}` }],
  ['CRAM-MD5', { on: { AUTH: `334 ${base64(challenge)}` }, otherwise: (line) => `235 ${line}` }],
  ['CRAM-MD5', { on: { AUTH: `334 ${base64(challenge)}` }, otherwise: (line) => `535 ${line} ${password}` }],
  [
    'SCRAM-SHA-256',
    {
      on: {
        AUTH: (line) => {
          const nonce =
            /r=([^,]+)/.exec(Buffer.from(line.split(' ')[2] ?? '', 'base64').toString())?.[1] ?? '';
          return `334 ${base64(`r=${nonce}x,s=${base64('salty')},i=4096`)}`;
        },
      },
      otherwise: (line) => `535 5.7.8 ${line}`,
    },
  ],
];

test.each(logins)('%s: no octet of the login is in the events (%#)', async (mechanism, script) => {
  const server = await serve({
    tls,
    ehlo: ['STARTTLS', `AUTH ${mechanism}`],
    ...script,
    on: { ...script.on, MAIL: `250 ${password} ${plainResponse}` },
  });
  const { observe, events } = watch();
  const { connected } = await call(server, policyAt('secure', { login }), { observe });
  if (connected.kind === 'open') await offer(connected.session, transactionOf('x\r\n'));
  const lines = shown(events);
  const said = lines.filter((line) => line.includes('(login)'));
  expect(said[0]).toMatch(new RegExp(`^~> AUTH ${mechanism} \\(login\\)\\|$`));
  const sentInLogin = server.seen[0]?.commands.filter(
    (line) => !/^(TLS )?(EHLO|STARTTLS|MAIL|RCPT|DATA|QUIT)/.test(line),
  );
  expect(said).toHaveLength(sentInLogin?.length ?? 0);
  expect(sentInLogin?.length).toBeGreaterThan(0);
  const told = JSON.stringify(events);
  const spoken =
    sentInLogin?.map((line) => line.split(' ').at(-1) ?? '').filter((word) => word !== mechanism) ?? [];
  for (const secret of [...secrets, ...spoken]) expect(told).not.toContain(secret);
  // What the server says to make a digest from helps to guess.
  expect(told).not.toContain(base64(challenge));
});

test('an initial response that does not fit into the command is hidden as well', async () => {
  const long = { ...login, user: 'u'.repeat(400) };
  const server = await serve({
    tls,
    ehlo: ['STARTTLS', 'AUTH PLAIN'],
    on: { AUTH: '334 ' },
    otherwise: () => '235 2.7.0 Ok',
  });
  const { observe, events } = watch();
  await call(server, policyAt('secure', { login: long }), { observe });
  expect(shown(events).filter((line) => line.includes('login'))).toEqual([
    '~> AUTH PLAIN (login)|',
    '~> (login)|',
  ]);
  expect(JSON.stringify(events)).not.toMatch(/uuuu|sesame/);
});
