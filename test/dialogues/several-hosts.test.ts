import { describe, expect, test } from 'vitest';
import { credentials, type Script } from '../scenario/session/scripted-server.ts';
import { makeCertificate } from '../support/test-ca.ts';
import { deliverTo, type Circumstances } from './deliver-to.ts';

/** What is tried where: one host fails, and there is another one that would take the mail. */

const tls = credentials(makeCertificate({ names: ['mx.test'] }));
const good: Script = { tls, ehlo: ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'STARTTLS'] };
/** For hosts that say nothing; the others have to answer in this time. */
const briefMs = 2_000;
const brief = {
  heloMs: briefMs,
  mailMs: briefMs,
  rcptMs: briefMs,
  dataInitMs: briefMs,
  dataDoneMs: briefMs,
  starttlsMs: briefMs,
};
const goodbye = { drop: '' } as const;
const silence = { hang: true } as const;
const signed = 'Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n\u00fc\r\n--b--\r\n';

describe('the next host is asked after', () => {
  test.each<[string, Script | 'absent', string, Circumstances?]>([
    ['no connection', 'absent', 'deferred 4.4.1 host: connect to mx1: Connection refused'],
    [
      '421 in the greeting',
      { greeting: { drop: '421 4.3.2 busy' } },
      'deferred 4.3.2 host: host mx1 refused to talk to me: 421 4.3.2 busy',
    ],
    [
      '554 in the greeting',
      { greeting: '554 5.7.1 no' },
      'deferred 4.7.1 host: host mx1 refused to talk to me: 554 5.7.1 no',
    ],
    [
      'no greeting',
      { greeting: silence },
      'deferred 4.4.2 host: conversation with mx1 timed out while receiving the initial server greeting',
      { timeouts: brief },
    ],
    [
      '421 to EHLO',
      { on: { EHLO: { drop: '421 4.3.2 bye' } } },
      'deferred 4.3.2 host: host mx1 refused to talk to me: 421 4.3.2 bye',
    ],
    [
      '450 to EHLO and HELO',
      { on: { EHLO: '450 no', HELO: '450 no' } },
      'deferred 4.0.0 host: host mx1 refused to talk to me: 450 no',
    ],
    [
      'TLS that is not offered',
      { ehlo: ['PIPELINING'] },
      'deferred 4.7.4 host: TLS is required, but was not offered by host mx1',
      { level: 'dane' },
    ],
    [
      '454 to STARTTLS',
      { on: { STARTTLS: '454 4.7.0 no' } },
      'deferred 4.7.0 host: TLS is required, but host mx1 refused to start TLS: 454 4.7.0 no',
      { level: 'dane' },
    ],
    [
      '550 to STARTTLS',
      { on: { STARTTLS: '550 5.7.1 no' } },
      'deferred 4.7.1 host: TLS is required, but host mx1 refused to start TLS: 550 5.7.1 no',
      { level: 'encrypt' },
    ],
    [
      'a handshake that fails',
      { on: { STARTTLS: { drop: '220 go' } } },
      'deferred 4.7.5 host: Cannot start TLS: handshake failure',
      { level: 'dane' },
    ],
    [
      'a handshake that fails where TLS is a wish',
      { on: { STARTTLS: { drop: '220 go' } } },
      'deferred 4.7.5 message: Cannot start TLS: handshake failure',
      { level: 'may' },
    ],
    [
      'the wrong certificate',
      {},
      'deferred 4.7.5 host: Server certificate not verified',
      { level: 'dane', genuine: [false] },
    ],
    [
      '450 to MAIL',
      { on: { MAIL: '450 4.7.1 later' } },
      'deferred 4.7.1 message: host mx1 said: 450 4.7.1 later (in reply to MAIL FROM command)',
    ],
    [
      'a connection lost at MAIL',
      { on: { MAIL: goodbye } },
      'deferred 4.4.2 host: lost connection with mx1 while sending MAIL FROM',
    ],
    [
      '450 to RCPT',
      { on: { RCPT: '450 4.2.1 later' } },
      'deferred 4.2.1 recipient: host mx1 said: 450 4.2.1 later (in reply to RCPT TO command)',
    ],
    [
      '552 to RCPT',
      { on: { RCPT: '552 full' } },
      'deferred 4.0.0 recipient: host mx1 said: 552 full (in reply to RCPT TO command)',
    ],
    [
      'silence at RCPT',
      { on: { RCPT: silence } },
      'deferred 4.4.2 host: conversation with mx1 timed out while sending RCPT TO',
      { timeouts: brief },
    ],
    [
      '451 to DATA',
      { on: { DATA: '451 4.3.0 later' } },
      'deferred 4.3.0 message: host mx1 said: 451 4.3.0 later (in reply to DATA command)',
    ],
    [
      'a connection lost at DATA',
      { on: { DATA: goodbye } },
      'deferred 4.4.2 host: lost connection with mx1 while sending DATA command',
    ],
    [
      '451 to the end of content',
      { on: { dot: '451 4.7.1 later' } },
      'deferred 4.7.1 message: host mx1 said: 451 4.7.1 later (in reply to end of DATA command)',
    ],
    [
      '421 to the end of content',
      { on: { dot: { drop: '421 4.3.2 bye' } } },
      'deferred 4.3.2 message: host mx1 said: 421 4.3.2 bye (in reply to end of DATA command)',
    ],
    [
      'a connection lost at the end of content',
      { on: { dot: goodbye } },
      'deferred 4.4.2 host: lost connection with mx1 while sending end of data -- message may be sent more than once',
    ],
    [
      '354 to MAIL',
      { on: { MAIL: '354 go' } },
      'deferred 4.5.0 host: Protocol error: host mx1 said: 354 go (in reply to MAIL FROM command)',
    ],
    [
      '354 to RCPT',
      { on: { RCPT: '354 go' } },
      'deferred 4.5.0 host: Protocol error: host mx1 said: 354 go (in reply to RCPT TO command)',
    ],
    [
      '250 to DATA',
      { on: { DATA: '250 Resetting' } },
      'deferred 4.5.0 host: Protocol error: host mx1 said: 250 Resetting (in reply to DATA command)',
    ],
    [
      '354 to the end of content',
      { on: { dot: '354 go' } },
      'deferred 4.5.0 host: Protocol error: host mx1 said: 354 go (in reply to end of DATA command)',
    ],
    [
      'nonsense without end',
      { on: { MAIL: 'what\r\n'.repeat(30) } },
      'deferred 4.5.0 host: Protocol error: host mx1 said: what',
    ],
    [
      'no SMTPUTF8 for a message that needs it',
      { ehlo: ['8BITMIME'] },
      'bounced 5.6.7 host: message requires SMTPUTF8, but no server was found that supports SMTPUTF8. The last attempted server was mx1',
      { envelope: { smtpUtf8: true, recipients: [{ address: '\u00fc@example.net' }] } },
    ],
    [
      'no 8BITMIME for a message that cannot be converted',
      { ehlo: [] },
      'bounced 5.6.3 host: message has a signed part and cannot be converted to 7 bits, but no server was found that supports 8BITMIME. The last attempted server was mx1',
      { content: signed },
    ],
  ])('%s; alone it is the reason', async (_, first, reason, circumstances = {}) => {
    const host = first === 'absent' ? first : { tls, ...first };
    const { results, servers, log } = await deliverTo([host, good], circumstances);
    expect(results).toEqual([expect.stringMatching(/^sent 2\.0\.0 message: /)]);
    expect(servers[1]?.seen[0]?.contents).toHaveLength(1);
    // The failure is told of once; that of a connection without a queue id.
    const told = reason.slice(reason.indexOf(': ') + 2);
    expect(log.filter((line) => line.endsWith(told))).toHaveLength(1);
    expect((await deliverTo([host], circumstances)).results).toEqual([reason]);
  });
});

describe('no other host is asked after', () => {
  test.each<[string, Script, string, Circumstances?]>([
    [
      '550 to EHLO and HELO',
      { on: { EHLO: '550 5.7.1 no', HELO: '550 5.7.1 no' } },
      'bounced 5.7.1 host: host mx1 refused to talk to me: 550 5.7.1 no',
    ],
    [
      '550 to MAIL',
      { on: { MAIL: '550 5.7.1 no' } },
      'bounced 5.7.1 message: host mx1 said: 550 5.7.1 no (in reply to MAIL FROM command)',
    ],
    [
      '550 to RCPT',
      { on: { RCPT: '550 5.1.1 no' } },
      'bounced 5.1.1 recipient: host mx1 said: 550 5.1.1 no (in reply to RCPT TO command)',
    ],
    [
      '554 to DATA',
      { on: { DATA: '554 5.7.1 no' } },
      'bounced 5.7.1 message: host mx1 said: 554 5.7.1 no (in reply to DATA command)',
    ],
    [
      '554 to the end of content',
      { on: { dot: '554 5.7.1 spam' } },
      'bounced 5.7.1 message: host mx1 said: 554 5.7.1 spam (in reply to end of DATA command)',
    ],
    [
      'a message that is too long',
      { ehlo: ['SIZE 3'] },
      'bounced 5.3.4 message: message size 7 exceeds size limit 3 of server mx1',
    ],
  ])('%s', async (_, first, reason, circumstances = {}) => {
    const { results, servers } = await deliverTo([first, good], circumstances);
    expect(results).toEqual([reason]);
    expect(servers[1]?.seen).toEqual([]);
  });
});

test('each recipient has its own way', async () => {
  const recipients = ['1', '2', '3'].map((nth) => ({ address: `r${nth}@example.net` }));
  const first: Script = {
    on: {
      RCPT: (line) =>
        line.includes('r1') ? '250 ok' : line.includes('r2') ? '550 5.1.1 who' : '450 4.2.1 later',
    },
  };
  const { results, servers } = await deliverTo([first, good], { envelope: { recipients } });
  expect(results.map((text) => text.slice(0, 13))).toEqual([
    'sent 2.0.0 me',
    'bounced 5.1.1',
    'sent 2.0.0 me',
  ]);
  expect(servers[1]?.seen[0]?.commands.filter((line) => line.startsWith('RCPT'))).toEqual([
    'RCPT TO:<r3@example.net>',
  ]);
});

test('two sessions are enough for one attempt; hosts that cannot be talked to do not count', async () => {
  const soft: Script = { on: { MAIL: '450 4.7.1 later' } };
  const { results, servers } = await deliverTo(['absent', { greeting: '554 no' }, soft, soft, good]);
  expect(results).toEqual([
    'deferred 4.7.1 message: host mx4 said: 450 4.7.1 later (in reply to MAIL FROM command)',
  ]);
  expect(servers[4]?.seen).toEqual([]);
});

test('one recipient too many comes in the next transaction of the same session', async () => {
  const recipients = ['1', '2', '3'].map((nth) => ({ address: `r${nth}@example.net` }));
  let taken = 0;
  const stingy: Script = {
    on: {
      MAIL: () => {
        taken = 0;
        return '250 ok';
      },
      RCPT: () => ((taken += 1) > 2 ? '452 4.5.3 too many recipients' : '250 ok'),
    },
  };
  const { results, servers, log } = await deliverTo([stingy, good], { envelope: { recipients } });
  expect(results.map((text) => text.slice(0, 10))).toEqual(['sent 2.0.0', 'sent 2.0.0', 'sent 2.0.0']);
  expect(servers[0]?.seen).toHaveLength(1);
  expect(servers[0]?.seen[0]?.contents).toHaveLength(2);
  expect(servers[1]?.seen).toEqual([]);
  expect(log).toEqual([]);
});

test('what had to be done to the content is told of with the queue id', async () => {
  const content = `Subject: x\r\n\r\n${'x'.repeat(999)}\r\n`;
  expect((await deliverTo([good], { content })).log).toEqual([
    'Q: breaking line > 998 bytes with <CR><LF>SPACE',
  ]);
  const { log } = await deliverTo([{ ehlo: [] }], { content: 'Subject: x\r\n\r\n\u00fc\r\n' });
  expect(log).toEqual(['Q: converting to 7 bits for mx1']);
});
