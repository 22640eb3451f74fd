import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../lab/until.ts';
import { parseRootKeys } from '../../src/core/dns/root-key-text.ts';
import { makeCertificate, tlsaRecord, wrongDigit, type Certificate } from '../lab/certificates.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import type { LabResolver } from '../lab/resolver.ts';
import type { LabDomain } from '../lab/world.ts';
import {
  forgeTlsa,
  setAd,
  startCorruptingProxy,
  stripSignatures,
} from '../scenario/resolver/corrupting-proxy.ts';
import type { CorruptingProxy } from '../scenario/resolver/corrupting-proxy.ts';
import { startRelay, type RunningRelay } from '../support/running-relay.ts';
import { sendMail } from '../support/send-mail.ts';
import { isIsolated, openNetwork, type Network } from './network.ts';
import { unless } from '../support/unless.ts';

/** Outside of 127.0.0.0/8, where Unbound looks for no name server, and not of the root: that of all zones of the lab. */
const nameServer = '192.0.2.53';
/** Where Docker has its resolver, and what it hands on is not its own. */
const docker = { address: '127.0.0.11', port: 53 };

let net: Network;
let certificate: Certificate;
let lab: Lab;
/** Of a provider: it validates, and passes DNSSEC records on. */
let provider: LabResolver;
let forwarder: CorruptingProxy;
let relay: RunningRelay | undefined;

/** One host with a TLSA record; not below test., which Unbound denies by itself. */
function domain(
  name: string,
  tlsa: (right: string) => string,
  dnssec: LabDomain['dnssec'] = 'signed',
): LabDomain {
  return {
    name,
    dnssec,
    records: (names) => [
      '@ MX 10 mx',
      `mx ${names.address(`mx.${name}`)}`,
      `${names.tlsaOwner('mx')} ${tlsa(names.tlsa(`mx.${name}`, '3 1 1'))}`,
    ],
  };
}

unless(isIsolated ? undefined : 'it has no network to itself', describe)(
  'whom a relay without dns.servers asks',
  () => {
    beforeAll(async () => {
      net = openNetwork();
      net.add([...net.roots, nameServer]);
      certificate = await makeCertificate({ commonName: 'lab mail host' });
      const host = (name: string) => ({ kind: 'scripted', name, certificates: [certificate] }) as const;
      lab = await startLab(
        {
          domains: [
            domain('good.example', (right) => right),
            domain('forged.example', wrongDigit),
            domain('plain.example', (right) => right, 'unsigned'),
          ],
          hosts: [host('mx.good.example'), host('mx.forged.example'), host('mx.plain.example')],
        },
        { nameServers: [nameServer, ...net.roots] },
      );
      provider = await lab.startResolver({ validating: true, port: 53 });
      forwarder = await startCorruptingProxy(lab.resolver, docker);
    });
    afterAll(async () => {
      await forwarder?.close();
      await lab?.stop();
      net?.close();
    });
    afterEach(async () => {
      await relay?.[Symbol.asyncDispose]();
      relay = undefined;
      forwarder.rule = undefined;
      openPort53();
    });

    let isOpen = true;
    const world = (): string[] => [...net.roots, nameServer];
    function closePort53(): void {
      if (isOpen) net.remove(world());
      isOpen = false;
    }
    function openPort53(): void {
      if (!isOpen) net.add(world());
      isOpen = true;
    }

    async function start(set: Readonly<Record<string, string>> = {}): Promise<RunningRelay> {
      relay = await startRelay({
        set: {
          'dns.trust_anchor': lab.trustAnchor,
          'dns.probe_interval': '300ms',
          'dns.timeout': '500ms',
          'delivery.port': String(lab.port),
          'queue.minimal_backoff': '1s',
          'queue.maximal_backoff': '1s',
          ...set,
        },
      });
      return relay;
    }
    /** The TLSA record that the host has, where the zone has another. */
    const lie = (): void => {
      const digest = Buffer.from(tlsaRecord(certificate, '3 1 1').split(' ').at(-1) ?? '', 'hex');
      forwarder.rule = ({ name, type }) =>
        type === 'TLSA' && name.endsWith('forged.example') ? forgeTlsa(digest) : undefined;
    };
    const forwarding = (address: string) =>
      new RegExp(
        `the private Unbound asks ${address.replaceAll('.', '\\.')} of /etc/resolv\\.conf and validates`,
      );
    const sent = async ({ port, line }: RunningRelay, to: string): Promise<void> => {
      const queueId = await sendMail(port, { to });
      await line(new RegExp(`${queueId}: to=<${to}>.*status=sent`));
    };
    const healthy = (one: RunningRelay) => until(async () => (await one.health()).status === 200, 'health');

    it('the root servers, and nobody of resolv.conf, whatever he vouches for', async () => {
      lie();
      const seen: string[] = [];
      const { rule } = forwarder;
      forwarder.rule = (query) => {
        seen.push(query.name);
        return rule?.(query);
      };
      net.setResolvConf(`nameserver ${docker.address}\n`);
      const one = await start();
      await one.line(/the private Unbound asks the root servers$/);
      await sent(one, 'user@good.example');
      expect(one.matching(/Verified TLS connection established to mx\.good\.example/)).toHaveLength(1);
      // At the start it may be asked whether it works; no name of a destination reaches it.
      expect(seen.filter((name) => name !== '.')).toEqual([]);
    });

    it('where port 53 is closed a forwarder on loopback, and a forged TLSA record through it is bogus', async () => {
      closePort53();
      lie();
      net.setResolvConf(`nameserver ${docker.address}\n`);
      const one = await start();
      await one.line(forwarding(docker.address));
      await sent(one, 'user@good.example');
      expect(one.matching(/Verified TLS connection established to mx\.good\.example/)).toHaveLength(1);
      const had = lab.host('mx.forged.example').sessions.length;
      const queueId = await sendMail(one.port, { to: 'user@forged.example' });
      await one.line(
        new RegExp(`${queueId}: to=.*status=deferred \\(TLSA lookup error for mx.forged.example`),
      );
      expect(lab.host('mx.forged.example').sessions).toHaveLength(had);
      expect(one.matching(/Verified TLS connection established to mx\.forged\.example/)).toEqual([]);
    });

    it.each([
      ['that does not validate', () => lab.resolver.makeNonValidating()],
      ['that validates', async () => {}],
    ])(
      'a forwarder on loopback %s, and calls everything validated, vouches for nothing',
      async (_, become) => {
        closePort53();
        await become();
        lie();
        const { rule } = forwarder;
        forwarder.rule = (query) => rule?.(query) ?? setAd;
        net.setResolvConf(`nameserver ${docker.address}\noptions ndots:0\n`);
        try {
          const one = await start();
          await one.line(forwarding(docker.address));
          await sent(one, 'user@good.example');
          expect(one.matching(/Verified TLS connection established to mx\.good\.example/)).toHaveLength(1);
          // Its TLSA record is right, but nobody has signed it.
          await sent(one, 'user@plain.example');
          expect(one.matching(/TLS connection established to mx\.plain\.example/)).toEqual([
            expect.stringMatching(/Untrusted TLS connection established/),
          ]);
          const queueId = await sendMail(one.port, { to: 'user@forged.example' });
          await one.line(
            new RegExp(`${queueId}: to=.*status=deferred \\(TLSA lookup error for mx.forged.example`),
          );
          expect(
            one.matching(/Verified TLS connection established to mx\.(?:forged|plain)\.example/),
          ).toEqual([]);
        } finally {
          await lab.resolver.makeValidating();
        }
      },
    );

    it('the same forgery deceives a relay that is told to believe that resolver', async () => {
      lie();
      const liar = await startCorruptingProxy(lab.resolver);
      liar.rule = forwarder.rule;
      try {
        const one = await start({ 'dns.trust_anchor': '', 'dns.servers': liar.server });
        await sent(one, 'user@forged.example');
        expect(one.matching(/Verified TLS connection established to mx\.forged\.example/)).toHaveLength(1);
      } finally {
        await liar.close();
      }
    });

    it('without any setting nothing is believed that the keys of the root do not vouch for', async () => {
      lie();
      net.setResolvConf(`nameserver ${docker.address}\n`);
      // The keys of the system are those of the real root, which nobody here has.
      const one = await start({ 'dns.trust_anchor': '' });
      const had = lab.host('mx.forged.example').sessions.length;
      await sendMail(one.port, { to: 'user@forged.example' });
      await one.line(
        /warning: nobody can be asked for DNS records: .*; 127\.0\.0\.11 of \/etc\/resolv\.conf: its keys of the root are not signed by one that is trusted here/,
      );
      await until(async () => (await one.health()).status === 503, 'trouble');
      expect(one.matching(/TLS connection established|: to=/)).toEqual([]);
      expect(lab.host('mx.forged.example').sessions).toHaveLength(had);
    });

    it('the keys of the root that the system trusts are followed, and what is found is remembered', async () => {
      const system = await readFile('/usr/share/dns/root.key', 'utf8');
      net.setResolvConf('');
      net.setRootKey(await readFile(lab.trustAnchor, 'utf8'));
      try {
        const one = await start({ 'dns.trust_anchor': '' });
        await sent(one, 'user@good.example');
        expect(one.matching(/Verified TLS connection established to mx\.good\.example/)).toHaveLength(1);
        const kept = async () => parseRootKeys(await readFile(join(one.dataDir, 'unbound/root.key'), 'utf8'));
        expect((await kept()).keys.map(({ state }) => state)).toEqual(['valid']);
        await until(async () => (await kept()).succeededMs > 0, 'a look at the keys of the root');
        expect((await kept()).nextMs).toBeGreaterThan(Date.now());
      } finally {
        net.setRootKey(system);
      }
    });

    it('of several forwarders those that pass DNSSEC on; and if none does, says so, and mail waits', async () => {
      closePort53();
      forwarder.rule = () => stripSignatures;
      net.setResolvConf(`nameserver ${docker.address}\n`);
      const one = await start();
      await one.line(
        /warning: nobody can be asked for DNS records: the root servers: .*; 127\.0\.0\.11 of \/etc\/resolv\.conf: it strips DNSSEC signatures; mail waits/,
      );
      const queueId = await sendMail(one.port, { to: 'user@good.example' });
      await one.line(/error: DNS resolver is unavailable/);
      await until(async () => (await one.health()).status === 503, 'trouble');
      expect((await one.health()).body.problems['resolver']).toContain('it strips DNSSEC signatures');
      // The file is read again when it changes.
      net.setResolvConf(`nameserver ${docker.address}\nnameserver ${provider.address}\n`);
      await one.line(forwarding(provider.address));
      await one.line(new RegExp(`${queueId}: to=<user@good.example>.*status=sent`));
      expect(one.matching(/status=(?:bounced|expired)/)).toEqual([]);
      await healthy(one);
    });

    it('a network that comes later is found', async () => {
      closePort53();
      net.setResolvConf('');
      const one = await start();
      await one.line(
        /warning: nobody can be asked for DNS records: .*; no server in \/etc\/resolv\.conf; mail waits/,
      );
      const queueId = await sendMail(one.port, { to: 'user@good.example' });
      openPort53();
      await one.line(/the private Unbound asks the root servers$/);
      await one.line(new RegExp(`${queueId}: to=<user@good.example>.*status=sent`));
      expect(one.matching(/status=(?:bounced|expired)/)).toEqual([]);
    });

    it('forwarders when the root servers go out of reach, and the root servers when they come back', async () => {
      net.setResolvConf(`nameserver ${provider.address}\n`);
      const one = await start();
      await one.line(/the private Unbound asks the root servers$/);
      await sent(one, 'user@good.example');
      closePort53();
      // What is cached goes on, and other names show that something is wrong.
      for (const name of ['a', 'b', 'c']) await sendMail(one.port, { to: `user@${name}.example` });
      await one.line(forwarding(provider.address));
      await healthy(one);
      await sent(one, 'user@good.example');
      const lines = one.lines.length;
      openPort53();
      await until(
        () => one.lines.slice(lines).some((text) => text.endsWith('asks the root servers')),
        'the return',
      );
      await healthy(one);
      await sent(one, 'user@good.example');
      // To go back is no reason for a failed lookup.
      expect(
        one.lines.slice(lines).filter((text) => /lookup (?:problem|error)|unavailable|: error:/.test(text)),
      ).toEqual([]);
    });
  },
);
