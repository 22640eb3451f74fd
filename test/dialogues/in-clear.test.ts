import { describe, expect, test } from 'vitest';
import { credentials, type Script } from '../scenario/session/scripted-server.ts';
import { makeCertificate } from '../support/test-ca.ts';
import { deliverTo, type Circumstances } from './deliver-to.ts';

/**
 * Hosts whose TLS does not work, be it the handshake or what follows it. Mail that nobody asked to protect goes in clear
 * once it has waited for `queue.minimal_backoff`, as in Postfix (RFC 7672 §2.2); other mail never does.
 */

const tls = credentials(makeCertificate({ names: ['mx.test'] }));
const goodbye = { drop: '' } as const;
const silence = { hang: true } as const;
const old = { ageMs: 300_001 } as const;

const lost = (doing: string): string => `deferred 4.4.2 host: lost connection with mx1 while ${doing}`;
const late = (doing: string): string => `deferred 4.4.2 host: conversation with mx1 timed out while ${doing}`;

interface BrokenHost {
  readonly name: string;
  readonly script: Script;
  readonly reason: string;
  readonly circumstances?: Circumstances;
}

const hosts: readonly BrokenHost[] = [
  {
    name: 'the handshake is cut off',
    script: { on: { STARTTLS: { drop: '220 go' } } },
    reason: 'deferred 4.7.5 message: Cannot start TLS: handshake failure',
  },
  {
    name: 'a certificate of ours is wanted',
    script: { wantsCertificate: true },
    reason: lost('performing the EHLO handshake'),
  },
  {
    name: 'EHLO is dropped',
    script: { on: { 'TLS EHLO': goodbye } },
    reason: lost('performing the EHLO handshake'),
  },
  {
    name: 'EHLO is not answered',
    script: { on: { 'TLS EHLO': silence } },
    reason: late('performing the EHLO handshake'),
    circumstances: { timeouts: { heloMs: 200 } },
  },
  { name: 'lost at MAIL', script: { on: { 'TLS MAIL': goodbye } }, reason: lost('sending MAIL FROM') },
  {
    name: 'MAIL is not answered',
    script: { on: { 'TLS MAIL': silence } },
    reason: late('sending MAIL FROM'),
    circumstances: { timeouts: { mailMs: 200 } },
  },
  { name: 'lost at RCPT', script: { on: { 'TLS RCPT': goodbye } }, reason: lost('sending RCPT TO') },
  { name: 'lost at DATA', script: { on: { 'TLS DATA': goodbye } }, reason: lost('sending DATA command') },
  {
    name: 'lost at the end of content',
    script: { on: { 'TLS dot': goodbye } },
    reason: lost('sending end of data -- message may be sent more than once'),
  },
];

describe.each(hosts)('$name', ({ script, reason, circumstances }) => {
  const host: Script = { tls, ...script };

  test('mail that is new waits, and says nothing in clear', async () => {
    const { results, servers } = await deliverTo([host], { level: 'may', ...circumstances });
    expect(results).toEqual([reason]);
    expect(inClear(servers[0]?.seen)).toEqual([]);
  });

  test('mail that has waited goes in clear', async () => {
    const { results, servers, log } = await deliverTo([host], { level: 'may', ...circumstances, ...old });
    expect(results).toEqual([expect.stringMatching(/^sent 2\.0\.0 message: /)]);
    expect(inClear(servers[0]?.seen)).toContain('MAIL FROM:<a@example.org> SIZE=7');
    const seen = servers[0]?.seen.at(-1);
    expect(seen?.handshakes).toBe(0);
    expect(seen?.contents).toEqual(['hello\r\n']);
    expect(log.filter((line) => line === `Q: ${reason.slice(reason.indexOf(': ') + 2)}`)).toHaveLength(1);
  });

  test('and does so before another host is asked', async () => {
    const { results, servers } = await deliverTo([host, { tls }], { level: 'may', ...circumstances, ...old });
    expect(results).toEqual([expect.stringMatching(/^sent 2\.0\.0 message: /)]);
    expect(servers[1]?.seen).toEqual([]);
  });

  test.each(['encrypt', 'dane', 'half-dane', 'dane-only', 'fingerprint', 'verify', 'secure'] as const)(
    'never at %s, however long it has waited',
    async (level) => {
      const { results, servers } = await deliverTo([host], { level, ...circumstances, ageMs: 1e9 });
      // The failed handshake reaches further there.
      expect(results).toEqual([reason.replace('message:', 'host:')]);
      expect(inClear(servers[0]?.seen)).toEqual([]);
    },
  );
});

test('only those go in clear of whom nothing was decided over TLS', async () => {
  const recipients = ['1', '2', '3'].map((nth) => ({ address: `r${nth}@example.net` }));
  const host: Script = {
    tls,
    ehlo: ['STARTTLS'],
    on: {
      'TLS RCPT': (line) =>
        line.includes('r1') ? '550 5.1.1 who' : line.includes('r2') ? '450 4.2.1 later' : goodbye,
    },
  };
  const { results, servers } = await deliverTo([host], { level: 'may', ...old, envelope: { recipients } });
  expect(results.map((text) => text.slice(0, 14))).toEqual([
    'bounced 5.1.1 ',
    'deferred 4.2.1',
    'sent 2.0.0 mes',
  ]);
  expect(inClear(servers[0]?.seen).filter((line) => line.startsWith('RCPT'))).toEqual([
    'RCPT TO:<r3@example.net>',
  ]);
});

test('what a host says in TLS is an answer, and no reason to do without', async () => {
  for (const on of [{ 'TLS EHLO': '421 4.3.2 busy' }, { 'TLS MAIL': '451 4.3.0 later' }]) {
    const { results, servers } = await deliverTo([{ tls, on }], { level: 'may', ...old });
    expect(results).toEqual([expect.stringMatching(/^deferred 4\.3\.[02] /)]);
    expect(inClear(servers[0]?.seen)).toEqual([]);
  }
});

test('a host that breaks in clear as well is left, and is the reason', async () => {
  const host: Script = { tls, on: { MAIL: goodbye } };
  const { results, servers } = await deliverTo([host, { tls }], { level: 'may', ...old });
  expect(results).toEqual([expect.stringMatching(/^sent 2\.0\.0 message: /)]);
  expect(servers[0]?.seen).toHaveLength(2);
  expect((await deliverTo([host], { level: 'may', ...old })).results).toEqual([lost('sending MAIL FROM')]);
});

test('a refusal in clear counts', async () => {
  const host: Script = { tls, on: { 'TLS EHLO': goodbye, MAIL: '550 5.7.1 no' } };
  expect((await deliverTo([host, { tls }], { level: 'may', ...old })).results).toEqual([
    'bounced 5.7.1 message: host mx1 said: 550 5.7.1 no (in reply to MAIL FROM command)',
  ]);
});

/** What was said in clear that speaks of the mail. */
function inClear(seen: readonly { readonly commands: readonly string[] }[] = []): readonly string[] {
  return seen.flatMap(({ commands }) => commands.filter((line) => /^(?:MAIL|RCPT|DATA)/.test(line)));
}
