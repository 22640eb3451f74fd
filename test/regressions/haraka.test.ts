import { describe, expect, test } from 'vitest';
import { deliverTo } from '../dialogues/deliver-to.ts';
import { credentials, type Script } from '../scenario/session/scripted-server.ts';
import { makeCertificate } from '../support/test-ca.ts';

/**
 * What was found in Haraka 3.3.4 as a client. Its lookups (findings 3, 4) are rows of test/vectors, which name it under
 * `regression`. AUTH that is configured and not offered is in test/scenario/session/login.test.ts and
 * routes/logins.test.ts.
 *
 * Not here: its queue on disk and double bounces (findings 8, 9), which have tests of the queue and of reports.
 */

const tls = credentials(makeCertificate({ names: ['mx.test'] }));
const good: Script = { tls };

test('Haraka 1: TLS that must be is left out where STARTTLS is not offered', async () => {
  const { results, servers } = await deliverTo([{ ehlo: [] }], { level: 'dane' });
  expect(results).toEqual(['deferred 4.7.4 host: TLS is required, but was not offered by host mx1']);
  expect(servers[0]?.seen[0]?.commands.join()).not.toContain('MAIL');
});

test('Haraka 2: one handshake that fails turns TLS off for a week', async () => {
  let connections = 0;
  const onceBroken: Script = {
    tls,
    on: { EHLO: () => ((connections += 1), '250-mx.test\r\n250 STARTTLS') },
  };
  const broken: Script = { on: { STARTTLS: { drop: '220 go' } } };
  expect((await deliverTo([broken], { level: 'may' })).results).toEqual([
    'deferred 4.7.5 message: Cannot start TLS: handshake failure',
  ]);
  const { servers } = await deliverTo([onceBroken], { level: 'may' });
  expect(connections).toBeGreaterThan(0);
  expect(servers[0]?.seen[0]?.handshakes).toBe(1);
});

describe('Haraka 5: replies', () => {
  test('a bare code bounces', async () => {
    const bare: Script = {
      greeting: '220',
      on: { EHLO: '250', MAIL: '250', RCPT: '250', DATA: '354', dot: '250' },
    };
    expect((await deliverTo([bare])).results).toEqual(['sent 2.0.0 message: 250']);
  });

  test('a detail of several digits is not seen', async () => {
    const { results } = await deliverTo([{ on: { dot: '550 5.7.26 unauthenticated' } }]);
    expect(results).toEqual([
      'bounced 5.7.26 message: host mx1 said: 550 5.7.26 unauthenticated (in reply to end of DATA command)',
    ]);
  });
});

describe('Haraka 6: the first host that says no ends the attempt', () => {
  test.each<[string, Script]>([
    ['in its greeting', { greeting: '421 busy' }],
    ['in its greeting, for good', { greeting: '554 no' }],
    ['to EHLO', { on: { EHLO: { drop: '421 busy' } } }],
    ['to MAIL', { on: { MAIL: '450 later' } }],
  ])('%s', async (_, host) => {
    expect((await deliverTo([host, good])).results[0]).toMatch(/^sent /);
  });

  test('a 5xx to STARTTLS bounces, even where TLS is a wish', async () => {
    const refusing: Script = { on: { STARTTLS: '554 5.7.0 no' } };
    expect((await deliverTo([refusing], { level: 'may' })).results[0]).toMatch(/^sent /);
    expect((await deliverTo([refusing], { level: 'encrypt' })).results[0]).toMatch(/^deferred 4\.7\.0 /);
  });
});

describe('Haraka 8: what a server offers is not used', () => {
  test('PIPELINING, SIZE, 8BITMIME', async () => {
    const { servers } = await deliverTo([{ ehlo: ['PIPELINING', 'SIZE 1000', '8BITMIME'] }], {
      envelope: { body: '8BITMIME' },
    });
    expect(servers[0]?.seen[0]?.chunks.at(1)).toBe(
      'MAIL FROM:<a@example.org> SIZE=7 BODY=8BITMIME\r\nRCPT TO:<r1@example.net>\r\nDATA\r\n',
    );
  });

  test('SIZE: what is too long is sent all the same', async () => {
    const { servers } = await deliverTo([{ ehlo: ['SIZE 3'] }]);
    expect(servers[0]?.seen[0]?.commands).toEqual(['EHLO relay.test', 'QUIT']);
  });

  test('DSN parameters are dropped', async () => {
    const recipients = [
      { address: 'r1@example.net', notify: ['NEVER'], orcpt: 'rfc822;x@example.net' },
    ] as const;
    const { servers } = await deliverTo([{ ehlo: ['DSN'] }], {
      envelope: { ret: 'HDRS', envid: 'e', recipients },
    });
    expect(servers[0]?.seen[0]?.commands.slice(1, 3)).toEqual([
      'MAIL FROM:<a@example.org> RET=HDRS ENVID=e',
      'RCPT TO:<r1@example.net> NOTIFY=NEVER ORCPT=rfc822;x@example.net',
    ]);
  });
});
