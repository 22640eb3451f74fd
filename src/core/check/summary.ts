import { addressesOf } from './verdict.ts';
import type { CheckReport, ShownDelivery, ShownHost } from './report.ts';

type Told = Pick<CheckReport, 'destination' | 'verdict' | 'resolver' | 'trouble' | 'hosts' | 'delivery'>;

/** What came of a check, in one or two sentences. */
export function summaryOf(report: Told): string {
  return `${report.destination}: ${sentences(report)}`;
}

function sentences(report: Told): string {
  const { verdict, resolver, trouble, hosts } = report;
  if (!resolver.validates)
    return 'not known. At the levels dane and dane-only the relay keeps such mail waiting; it does not fall back.';
  if (trouble !== undefined) {
    const what =
      trouble.outcome === 'deferred'
        ? 'cannot be judged, and mail waits'
        : 'there is no host to ask, and mail is returned';
    return `${what}: ${trouble.dsn} ${trouble.reason}.`;
  }
  const addresses = addressesOf(report);
  const good = addresses.filter(({ verdict: one }) => one === verdict).length;
  const ofAll = `of ${addresses.length} addresses`;
  const mail = deliverySentence(report);
  switch (verdict) {
    case 'protected': {
      const passing = hosts.filter((host) => host.addresses.length > 0).length;
      return `protected by DANE. ${mail} ${passing} of ${hosts.length} hosts, ${good} ${ofAll} pass.`;
    }
    case 'fails':
      return `DANE fails. ${mail} ${good} ${ofAll} fail.`;
    case 'unknown': {
      const broken = hosts.filter(({ problem }) => problem !== undefined).length;
      const lookups =
        broken === 0 ? '' : ` The addresses of ${broken} of ${hosts.length} hosts are not all known.`;
      const some = good === 0 ? '' : ` ${good} ${ofAll} could not be judged.`;
      return `cannot be judged as a whole. ${mail}${some}${lookups}`;
    }
    case 'unprotected':
      return `not protected by DANE. ${mail} ${good} ${ofAll} can be impersonated.`;
  }
}

function deliverySentence({ delivery, hosts }: Told): string {
  const [first] = delivery;
  if (first === undefined) return '';
  const others = hosts.flatMap(({ name, addresses }) =>
    addresses.filter(({ address }) => !isRelay(name, address, first.relay)),
  );
  const isAlone = others.length > 0 && others.every(({ verdict }) => verdict === 'fails');
  const text = deliveryText(first, hosts);
  return first.outcome === 'delivered' && isAlone
    ? `${text.slice(0, -1)}; it would wait if that host were down.`
    : text;
}

function isRelay(host: string, address: string, relay = ''): boolean {
  return relay.startsWith(`${host}[${address}]`);
}

/** `Mail at level dane is delivered to mx.example[192.0.2.1]:25, authenticated.` */
export function deliveryText(
  { level, outcome, dsn, reason, relay, word, inClearAfter }: ShownDelivery,
  hosts: readonly ShownHost[],
): string {
  const mail = `Mail at level ${level}`;
  if (outcome === 'deferred') {
    const clear = inClearAfter === undefined ? '' : `; after ${inClearAfter} s it goes in clear`;
    return `${mail} would wait: ${dsn} ${reason}${clear}.`;
  }
  if (outcome === 'bounced') return `${mail} would be returned: ${dsn} ${reason}.`;
  const several = hosts.flatMap(({ addresses }) => addresses).length > 1;
  const through = several && relay !== undefined ? ` through ${relay}` : '';
  return `${mail} is delivered${through}, ${proofWords(word)}.`;
}

function proofWords(word: ShownDelivery['word']): string {
  switch (word) {
    case 'Verified':
      return 'authenticated';
    case 'Trusted':
    case 'Untrusted':
    case 'Anonymous':
      return 'encrypted, not authenticated';
    case undefined:
      return 'in clear';
  }
}
