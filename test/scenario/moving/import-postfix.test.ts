import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startLab, type Lab } from '../../lab/lab.ts';
import { postfixObstacle } from '../../lab/privileges.ts';
import { sample } from '../../support/sample.ts';
import { unless } from '../../support/unless.ts';
import { playBoth, type OldPostfix, type Pair } from './both-sides.ts';
import { movingWorld } from './moving-world.ts';
import { policyCases } from './policy-cases.ts';

/**
 * What import-postfix makes of a Postfix delivers as that very Postfix does. The same mail goes through both; status,
 * code, host and the word for TLS have to be the same.
 */

const { world, authority, fingerprint } = await movingWorld(
  policyCases.map(({ label, kind }) => [label, kind]),
);
const domains = sample(
  'domains of moved servers',
  world.domains
    .map(({ name }) => name)
    // RFC 7505 has another code for a null MX, and an attempt at a server that is silent takes a minute.
    .filter((name) => !['policy.test', 'null-mx.test', 'dead.test'].includes(name)),
  {
    count: 7,
    always: (name) => ['good.test', 'wrong-key.test', 'no-tlsa.test', 'stripped.test'].includes(name),
  },
);
const played = sample('policy entries', policyCases, { count: 14 });
const hosts = world.hosts.map(({ name }) => name);
const obstacle = postfixObstacle();
let lab: Lab | undefined;

beforeAll(async () => {
  if (obstacle === undefined) lab = await startLab(world);
});
afterAll(() => lab?.stop());

/** Writes a file of an operator; its path. */
function file(name: string, text: string): string {
  const path_ = path.join(labOf().directory, name);
  writeFileSync(path_, text);
  execFileSync('chmod', ['644', path_]);
  return path_;
}

function labOf(): Lab {
  if (lab === undefined) throw new Error('no lab');
  return lab;
}

/**
 * Whether the same came of it. An entry that Postfix cannot read makes mail wait without a connection; the relay waits after
 * one that came to nothing. What goes to `error:` or `retry:` Postfix refuses at the door; the relay returns it or keeps it. The
 * words for TLS of a host that gets no mail are not those of all versions.
 */
function isSame({ postfix, relay }: Pair): boolean {
  if (postfix.status === 'refused') return relay.status === (postfix.dsn === '4' ? 'deferred' : 'bounced');
  if (postfix.status !== 'sent' && postfix.status === relay.status)
    return postfix.relay === 'none' || (postfix.relay === relay.relay && postfix.dsn === relay.dsn);
  return JSON.stringify(postfix) === JSON.stringify(relay);
}

function expectSame(pairs: readonly Pair[]): void {
  expect(pairs.filter((pair) => !isSame(pair))).toEqual([]);
  expect(pairs.length).toBeGreaterThan(0);
}

unless(obstacle, describe)('a relay that was made of a Postfix', () => {
  const stories = {
    'with DANE and exceptions, in tables with an index': async () => {
      const policies = file(
        'dane_policy',
        'wrong-key.test encrypt\nno-tlsa.test\n  secure match=nexthop\n.good.test none\nunsigned.test dane-only\nta.test may\nstripped.test may\n',
      );
      const transports = file(
        'dane_transport',
        'closed.test error:5.1.6 moved\nrejects.test retry:4.3.2 closed\nwrong-cert.test smtp:good.test\n',
      );
      const old: OldPostfix = {
        name: 'dane',
        indexed: [policies, transports],
        parameters: {
          level_of_all: 'dane',
          smtp_tls_security_level: '$level_of_all',
          smtp_tls_policy_maps: `hash:${policies}`,
          transport_maps: `proxy:hash:${transports}, inline:{half.test=smtp:[mx.good.test]:${labOf().port}}`,
          smtp_tls_mandatory_protocols: '!SSLv2, !SSLv3, !TLSv1, !TLSv1.1',
          maximal_queue_lifetime: '1',
        },
      };
      expectSame(await playBoth(labOf(), hosts, old, [...domains, 'closed.test']));
    },

    'of before 2.11, with smtp_use_tls and smtp_tls_per_site': async () => {
      const sites = file(
        'sites',
        'good.test MUST_NOPEERMATCH\nwrong-key.test NONE\nstripped.test MUST_NOPEERMATCH\nno-tlsa.test MUST\nanonymous.test MAY\n',
      );
      const old: OldPostfix = {
        name: 'per-site',
        parameters: {
          smtp_tls_security_level: '',
          smtp_use_tls: 'yes',
          smtp_tls_per_site: `texthash:${sites}`,
          smtp_tls_ciphers: 'export',
          default_destination_concurrency_limit: '2',
        },
      };
      expectSame(await playBoth(labOf(), hosts, old, domains));
    },

    'that sends everything to a relayhost, and some of it elsewhere': async () => {
      const { port } = labOf();
      const hub = `[mx-good.policy.test]:${port}`;
      const root = file('hub-authority.pem', authority);
      const old: OldPostfix = {
        name: 'hub',
        parameters: {
          hub,
          relayhost: '$hub',
          smtp_tls_security_level: 'encrypt',
          smtp_tls_CAfile: root,
          smtp_tls_policy_maps: `inline:{ { ${hub} = secure match=mx-good.policy.test protocols=>=TLSv1.2 }, { stripped.test = verify } }`,
          transport_maps: 'inline:{ no-tlsa.test=smtp:, stripped.test=smtp:, wrong-key.test=:good.test }',
        },
      };
      expectSame(await playBoth(labOf(), hosts, old, domains));
    },
  };

  test.each(sample('stories of moved servers', Object.entries(stories), { count: 1 }))(
    '%s',
    async (_, play) => {
      await play();
    },
  );

  test('means the same by each entry of its policy map', async () => {
    const root = file('policy-authority.pem', authority);
    const lines = played.map(({ key, level, attributes }) => `${key} ${level} ${attributes}`);
    const text = `${lines.join('\n')}\n`.replaceAll('FINGERPRINT', fingerprint).replaceAll('AUTHORITY', root);
    const old: OldPostfix = {
      name: 'policies',
      parameters: {
        smtp_tls_security_level: 'may',
        smtp_tls_CAfile: root,
        smtp_tls_policy_maps: `texthash:${file('policies', text)}`,
      },
    };
    const pairs = await playBoth(
      labOf(),
      hosts,
      old,
      played.map(({ label }) => `${label}.policy.test`),
    );
    const differing = pairs.flatMap((pair, at) =>
      isSame(pair) ? [] : [{ entry: played[at]?.name, ...pair }],
    );
    expect(differing).toEqual([]);
    expect(pairs).toHaveLength(played.length);
  });
});
