import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../lab/until.ts';
import { makeCertificate } from '../lab/certificates.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { postfixObstacle } from '../lab/privileges.ts';
import { standardWorld } from '../lab/standard-world.ts';
import type { World } from '../lab/world.ts';
import { labSettings, startRelay, type RunningRelay } from '../support/running-relay.ts';
import { sendMail } from '../support/send-mail.ts';
import { unless } from '../support/unless.ts';

/** Situations that five operators wrote about: each must work, end to end, and show the line they would look for. */

let lab: Lab;
let relay: RunningRelay;

/** The standard world and one more host: TLS 1.0 with DHE-RSA, as old appliances speak it. */
async function world(): Promise<World> {
  const { domains, hosts } = await standardWorld();
  const certificate = await makeCertificate({ commonName: 'mx.old.test', key: 'RSA-2048' });
  return {
    domains: [
      ...domains,
      {
        name: 'old.test',
        dnssec: 'unsigned',
        records: (names) => ['@ MX 10 mx', `mx ${names.address('mx.old.test')}`],
      },
      {
        name: 'backup.test',
        dnssec: 'signed',
        records: () => ['@ MX 10 down.failover.test.', '@ MX 20 backup.unsigned.test.'],
      },
      {
        name: 'private.test',
        dnssec: 'unsigned',
        records: (names) => ['@ MX 10 mx', `mx ${names.address('mx.unsigned.test')}`],
      },
    ],
    hosts: [
      ...hosts,
      {
        kind: 'scripted',
        name: 'mx.old.test',
        certificates: [certificate],
        tls: { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DHE-RSA-AES256-SHA:@SECLEVEL=0' },
      },
    ],
  };
}

beforeAll(async () => {
  lab = await startLab(await world());
  const set = { ...labSettings(lab), 'log.syslog_name': 'postfix' };
  relay = await startRelay({ set, policies: ['private.test dane-only', 'no-tlsa.test dane'] });
});

afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await lab?.stop();
});

interface Sent {
  readonly queueId: string;
  /** The `to=` line. */
  readonly verdict: string;
  /** Everything that was logged since the mail was handed over. */
  readonly lines: readonly string[];
}

/** Sends a mail and waits for its first verdict. */
async function send(domain: string): Promise<Sent> {
  const before = relay.lines.length;
  const queueId = await sendMail(relay.port, { to: `user@${domain}` });
  const verdict = await relay.line(new RegExp(`${queueId}: to=`));
  return { queueId, verdict, lines: relay.lines.slice(before) };
}

const established = (lines: readonly string[]): string =>
  lines.find((line) => line.includes('TLS connection established')) ?? '';

describe('F1: an MTA that cannot do DANE uses the relay as its smarthost', () => {
  unless(postfixObstacle(), it)('with relayhost as the only change, and its mail is Verified', async () => {
    const parameters = { relayhost: `[127.0.0.1]:${relay.port}` };
    const old = await lab.startPostfixClient({ securityLevel: 'none', parameters });
    const host = lab.host('mx.good.test');
    const had = host.messages.length;
    const established = relay.matching(
      /Verified TLS connection (established|reused) to mx\.good\.test/,
    ).length;
    await sendMail(old.port, { to: 'user@good.test', subject: 'from the old side' }, old.address);
    const message = (await host.waitForMessages(had + 1))[had];
    expect(message?.data.toString()).toContain('Subject: from the old side');
    expect(message?.tls).toBe(true);
    expect(relay.matching(/Verified TLS connection (established|reused) to mx\.good\.test/)).toHaveLength(
      established + 1,
    );
    expect(await old.log()).toMatch(
      /relay=127\.0\.0\.1\[127\.0\.0\.1\]:\d+, .*status=sent \(250 2\.0\.0 Ok: queued as/,
    );
  });
});

describe('F2: 3 0 1 on a self-signed certificate, IPv6, TLS 1.2', () => {
  it('is Verified, with the line the report shows', async () => {
    const { lines, verdict } = await send('ipv6.test');
    expect(established(lines)).toBe(
      `postfix/smtp[${relay.pid}]: Verified TLS connection established to mx.ipv6.test[::1]:${lab.port}: ` +
        'TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 (256/256 bits)',
    );
    expect(verdict).toContain(`relay=mx.ipv6.test[::1]:${lab.port}, `);
    expect(verdict).toContain('status=sent');
  });

  it('still speaks DHE-RSA at TLS 1.0 where policy allows it', async () => {
    const { lines, verdict } = await send('old.test');
    expect(established(lines)).toMatch(
      /Untrusted TLS connection established to mx\.old\.test\[.*\]:\d+: TLSv1 with cipher DHE-RSA-AES256-SHA \(256\/256 bits\)$/,
    );
    expect(verdict).toContain('status=sent');
  });
});

describe('F3: dane-only towards an unsigned domain', () => {
  it('warns, defers with 4.7.5 and relay=none, and never connects', async () => {
    const sessions = lab.host('mx.unsigned.test').sessions.length;
    const { lines, verdict } = await send('private.test');
    expect(lines).toContain(
      `postfix/smtp[${relay.pid}]: warning: TLS policy lookup for private.test/mx.private.test: non DNSSEC destination`,
    );
    expect(verdict).toMatch(
      /: to=<user@private\.test>, relay=none, delay=[\d.]+, delays=[\d.]+\/[\d.]+\/[\d.]+\/0, dsn=4\.7\.5, status=deferred \(non DNSSEC destination\)$/,
    );
    expect(lab.host('mx.unsigned.test').sessions).toHaveLength(sessions);
  });
});

describe('F4: one hex digit of the TLSA record is wrong', () => {
  it.each(['wrong-cert.test', 'wrong-key.test'])(
    '%s: Untrusted, deferred, not one byte of mail',
    async (domain) => {
      const { lines, verdict, queueId } = await send(domain);
      expect(established(lines)).toContain(`Untrusted TLS connection established to mx.${domain}[`);
      expect(verdict).toContain(`${queueId}: to=<user@${domain}>, relay=mx.${domain}[`);
      expect(verdict).toMatch(/dsn=4\.7\.5, status=deferred \(Server certificate not verified\)$/);
      const { sessions, messages } = lab.host(`mx.${domain}`);
      expect(messages).toHaveLength(0);
      const session = sessions.at(-1);
      expect(session?.plaintextCommands).toEqual(['EHLO relay.test', 'STARTTLS']);
      // The handshake was finished on our side, and the server heard nothing more until the connection ended.
      await until(() => session?.end !== 'open', 'the end of the session');
      expect(session).toMatchObject({ tlsBytes: 0, tlsCommands: [] });
    },
  );
});

describe('F5: dane towards everything else is harmless', () => {
  it.each(['no-tlsa.test', 'unsigned.test'])('%s gets its mail, opportunistically', async (domain) => {
    const { lines, verdict } = await send(domain);
    expect(established(lines)).toContain('Untrusted TLS connection established to');
    expect(verdict).toContain('status=sent');
  });

  it('and the ordinary certificate of a domain with TLSA is Verified', async () => {
    const { lines } = await send('good.test');
    expect(lines.join('\n')).toMatch(/Verified TLS connection (established|reused) to mx\.good\.test\[/);
  });
});

describe('F9: the words mean what they mean in Postfix', () => {
  it.each([
    [
      'adh.test',
      /Anonymous TLS connection established to .*: TLSv1 with cipher ADH-AES256-SHA \(256\/256 bits\)$/,
    ],
    [
      'anonymous.test',
      /Anonymous TLS connection established to .*: TLSv1\.2 with cipher AECDH-AES256-SHA \(256\/256 bits\)$/,
    ],
    ['no-tlsa.test', /Untrusted TLS connection established to /],
    ['half.test', /Trusted TLS connection established to mx\.good\.test\[/],
    ['good.test', /Verified TLS connection established to /],
  ])('%s', async (domain, words) => {
    const { lines } = await send(domain);
    const all = [...lines, ...relay.lines].filter((line) => line.includes('TLS connection'));
    expect(all.some((line) => words.test(line))).toBe(true);
  });

  it('says Verified of nothing that came through an unsigned MX', () => {
    expect(relay.matching(/Verified TLS connection .* mx\.half\.test/)).toEqual([]);
  });
});

unless(postfixObstacle(), describe)('F10: the same line before and after DANE', () => {
  it('is Anonymous before, Verified after, through a validating Unbound', async () => {
    const before =
      established((await send('anonymous.test')).lines) || relay.matching(/Anonymous TLS .*mx\.anonymous/)[0];
    const after = established((await send('postfix.test')).lines);
    expect(before).toMatch(
      /Anonymous TLS connection established to .*: TLSv1\.2 with cipher AECDH-AES256-SHA/,
    );
    expect(after).toMatch(/Verified TLS connection established to mx\.postfix\.test\[/);
  });

  it('and a real Postfix has received it through TLS', async () => {
    const messages = await lab.host('mx.postfix.test').waitForMessages(1);
    expect(messages[0]).toMatchObject({ tls: true, recipients: ['user@postfix.test'] });
  });
});

describe('F12: 2 1 1 of current and standby CA behind a DNAME and two CNAMEs', () => {
  it('is matched at depth 1 or deeper, the name checked, the standby digest ignored', async () => {
    const { lines, verdict } = await send('ta.test');
    expect(established(lines)).toContain('Verified TLS connection established to mx.ta.test[');
    expect(verdict).toContain('status=sent');
  });

  it('delivers to the unsigned backup MX as policy says when the primary is out of reach', async () => {
    const { lines, verdict } = await send('backup.test');
    expect(established(lines)).toContain('Untrusted TLS connection established to backup.unsigned.test[');
    expect(verdict).toMatch(/relay=backup\.unsigned\.test\[.*status=sent/);
  });
});

describe('F13: every digest altered by one digit', () => {
  it('is refused, and the operator reads why', async () => {
    const { lines, verdict } = await send('ta-wrong.test');
    expect(lines.join('\n')).toContain(
      `server certificate verification failed for mx.ta-wrong.test[${lab.host('mx.ta-wrong.test').address}]:${lab.port}: num=65:no matching DANE TLSA records`,
    );
    expect(verdict).toContain('status=deferred (Server certificate not verified)');
    expect(lab.host('mx.ta-wrong.test').messages).toHaveLength(0);
  });
});

describe('F15: the whole life of a message, greppable by its queue id', () => {
  it('is told in order', async () => {
    const { queueId } = await send('implicit.test');
    await relay.line(new RegExp(`${queueId}: removed`));
    const life = relay.matching(new RegExp(queueId)).map((line) => line.replace(/\[\d+\]: /, ': '));
    expect(life).toHaveLength(5);
    expect(life[0]).toBe(`postfix/smtpd: ${queueId}: client=localhost[127.0.0.1]`);
    expect(life[1]).toMatch(new RegExp(`^postfix/cleanup: ${queueId}: message-id=<[^>]+>$`));
    expect(life[2]).toMatch(
      new RegExp(
        `^postfix/qmgr: ${queueId}: from=<sender@relay.test>, size=\\d+, nrcpt=1 \\(queue active\\)$`,
      ),
    );
    expect(life[3]).toMatch(
      new RegExp(
        `^postfix/smtp: ${queueId}: to=<user@implicit.test>, relay=implicit.test\\[[\\d.]+\\]:\\d+, delay=[\\d.]+, ` +
          'delays=[\\d.]+/[\\d.]+/[\\d.]+/[\\d.]+, dsn=2.0.0, status=sent \\(250 2.0.0 Ok: queued as \\w+\\)$',
      ),
    );
    expect(life[4]).toBe(`postfix/qmgr: ${queueId}: removed`);
  });
});

describe('F8: tools written for Postfix work on the log', () => {
  it('pflogsumm counts what was sent, deferred and bounced', async () => {
    const { queueId } = await send('rejects.test');
    await relay.line(new RegExp(`${queueId}: removed`));
    const stamped = relay.lines.map((line) => `Nov 21 10:00:00 host ${line}\n`).join('');
    const report = execFileSync('pflogsumm', ['-'], { input: stamped, encoding: 'utf8' });
    const counted = (word: string): number =>
      Number(new RegExp(`^\\s*(\\d+)\\s+${word}`, 'm').exec(report)?.[1] ?? -1);
    const logged = (status: string): number => relay.matching(new RegExp(`status=${status} `)).length;
    expect(logged('sent')).toBeGreaterThan(5);
    expect(counted('delivered')).toBe(logged('sent'));
    expect(counted('deferred')).toBe(
      new Set(relay.matching(/status=deferred /).map((line) => /: (\w+): to=/.exec(line)?.[1])).size,
    );
    expect(counted('bounced')).toBe(logged('bounced'));
    expect(counted('received')).toBeGreaterThanOrEqual(relay.matching(/: client=/).length);
  });

  it('a counter of the kind mailgraph has finds all four words', () => {
    const counts = new Map<string, number>();
    for (const line of relay.lines) {
      const word =
        /^postfix\/smtp\[\d+\]: (\w+) TLS connection established to \S+:\d+: TLSv[\d.]+ with cipher \S+ \(\d+\/\d+ bits\)/.exec(
          line,
        )?.[1];
      if (word !== undefined) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['Anonymous', 'Trusted', 'Untrusted', 'Verified']);
  });
});
