import { describe, expect, test } from 'vitest';
import { deliverTo } from '../dialogues/deliver-to.ts';
import { credentials, serverFixture, type Script } from '../scenario/session/scripted-server.ts';
import { offer, openSession, transactionOf } from '../scenario/session/session-kit.ts';
import { makeCertificate } from '../support/test-ca.ts';

/** Traps that were found in nodemailer 10.6 when it was tried as the client of an MTA. */

const serve = serverFixture({ tls: credentials(makeCertificate({ names: ['mx.test'] })) });

test('4xx to EHLO is not followed by HELO where TLS is required', async () => {
  const { results, servers } = await deliverTo([{ on: { EHLO: '450 later' } }], { level: 'encrypt' });
  expect(results).toEqual(['deferred 4.0.0 host: host mx1 refused to talk to me: 450 later']);
  expect(servers[0]?.seen[0]?.commands).toEqual(['EHLO relay.test', 'QUIT']);
});

test('250 to DATA is taken for 354', async () => {
  const { results, servers } = await deliverTo([{ on: { DATA: '250 fine' } }]);
  expect(results[0]).toMatch(/^deferred 4\.5\.0 host: Protocol error: /);
  expect(servers[0]?.seen[0]?.contents).toEqual([]);
});

test('a final reply in the middle of the content leaves the connection open in the middle of it', async () => {
  const host: Script = { duringContent: () => ({ stall: '552 5.3.4 enough' }) };
  const { results, servers } = await deliverTo([host], { content: 'x\r\n'.repeat(1_000_000) });
  expect(results[0]).toMatch(/^bounced 5\.3\.4 message: /);
  expect(servers[0]?.seen[0]).toMatchObject({ contents: [], closed: true });
});

test('a connection lost after the final dot looks like any other', async () => {
  const { results } = await deliverTo([{ on: { dot: { drop: '' } } }]);
  expect(results[0]).toContain('message may be sent more than once');
});

test('content that cannot be read ends in a dot', async () => {
  const server = await serve({});
  const session = await openSession(server, 'none');
  function* content(): Generator<Uint8Array> {
    yield Buffer.from('half a message\r\n');
    throw new Error('disk');
  }
  const { statuses } = await offer(session, transactionOf('', { content, size: 100 }));
  expect(statuses).toMatchObject([{ outcome: 'deferred', dsn: '4.3.0' }]);
  expect(session.usable()).toBe(false);
  expect(server.seen[0]?.contents).toEqual([]);
});

test('STARTTLS is said though nobody offers it', async () => {
  const { servers } = await deliverTo([{ ehlo: [] }], { level: 'dane' });
  expect(servers[0]?.seen[0]?.commands).toEqual(['EHLO relay.test', 'QUIT']);
});

test('an address in UTF-8 goes to a server without SMTPUTF8', async () => {
  const recipients = [{ address: '\u00fc@example.net' }];
  const { results, servers } = await deliverTo([{ ehlo: ['8BITMIME'] }], { envelope: { recipients } });
  expect(results[0]).toMatch(/^bounced 5\.6\.7 host: /);
  expect(servers[0]?.seen[0]?.commands).toEqual(['EHLO relay.test', 'QUIT']);
});

test('mail with ASCII addresses and a header in UTF-8 goes without the parameter', async () => {
  const content = 'Subject: \u00fc\r\n\r\nx\r\n';
  const { servers } = await deliverTo([{ ehlo: ['8BITMIME', 'SMTPUTF8'] }], {
    envelope: { smtpUtf8: true },
    content,
  });
  expect(servers[0]?.seen[0]?.commands).toContain('MAIL FROM:<a@example.org> SMTPUTF8');
});

describe('an address brings parameters with it', () => {
  test.each(['c@x.test SIZE=1', 'c@x.test> SIZE=1', 'c@x.test\r\nRSET', 'c@x.test\nRSET'])(
    '%j',
    async (address) => {
      const { results, servers } = await deliverTo([{}], { envelope: { recipients: [{ address }] } });
      expect(results).toEqual(['bounced 5.1.3 recipient: bad recipient address syntax']);
      expect(servers[0]?.seen[0]?.commands.join()).not.toContain('RCPT');
    },
  );
});

test('all recipients have one set of DSN parameters', async () => {
  const recipients = [
    { address: 'a@example.net', notify: ['NEVER'] },
    { address: 'b@example.net', notify: ['SUCCESS', 'DELAY'] },
  ] as const;
  const { servers } = await deliverTo([{ ehlo: ['DSN'] }], { envelope: { recipients } });
  expect(servers[0]?.seen[0]?.commands.filter((line) => line.startsWith('RCPT'))).toEqual([
    'RCPT TO:<a@example.net> NOTIFY=NEVER ORCPT=rfc822;a@example.net',
    'RCPT TO:<b@example.net> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;b@example.net',
  ]);
});

test('what remains of the octets of DATA is changed: bare CR and LF become line ends', async () => {
  const server = await serve({});
  const session = await openSession(server, 'none');
  await offer(session, transactionOf('a\rb\nc\r\n'));
  expect(server.seen[0]?.contents).toEqual(['a\rb\nc\r\n']);
});
