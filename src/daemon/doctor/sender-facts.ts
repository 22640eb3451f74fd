import { ConfigError } from '../../config/config-error.ts';
import { readOperatorText } from '../../config/operator-file.ts';
import { tokenFile } from '../../config/token-file.ts';
import { lookupKeys } from '../../core/dkim/key-table.ts';
import { recordName } from '../../core/dkim/key-record.ts';
import { findDmarc } from '../../core/dmarc/policy.ts';
import type { Lookup } from '../../core/dns/answer.ts';
import type { SenderFacts, SendersFacts } from '../../core/doctor/senders.ts';
import { parseTokenFile } from '../../core/http/token.ts';
import { domainOf, parseDomain } from '../../core/mail/address.ts';
import { evaluateSpf } from '../../core/spf/evaluate.ts';
import { readSenderRights } from '../../core/users/sender-rights.ts';
import { readKeys, type SigningKeys } from '../../dkim/key-files.ts';
import { keySources } from '../../dkim/key-sources.ts';
import { lookUpKeys } from '../../dkim/look-up-keys.ts';
import { isFullName } from '../own-name.ts';
import type { DoctorContext } from './context.ts';
import { outgoingAddresses } from './outgoing-addresses.ts';

const MOST_DOMAINS = 20;
/** An address of documentation (RFC 5737): only whether there is a record, and whether it can be read, is asked of it. */
const NOBODY = '192.0.2.1';

interface Known {
  readonly domain: string;
  /** The setting that names it. */
  readonly from: string;
}

/** The domains that mail is sent from, as the settings know them and the operator adds them, and what the DNS says of them. */
export async function senderFacts(context: DoctorContext): Promise<SendersFacts> {
  const { config, wishes, dataDir, hostname, resolving } = context;
  const { relayhost } = config.delivery;
  const keys = await keysOrNone(context);
  const all = [
    ...wishes.senders.map((domain) => ({ domain, from: '--sender' })),
    ...keys.keys.map(({ domain }) => ({ domain, from: 'dkim' })),
    ...sendersOfTokens(tokenFile(config, dataDir)),
    ...sendersOfLogins(config.intake.senderLoginMaps),
    ...originOf(config.intake.appendOrigin, await hostname()),
  ];
  const domains = all.filter(({ domain }, at) => all.findIndex((one) => one.domain === domain) === at);
  if (domains.length === 0) return { senders: [], leftOut: 0, relayhost };
  const addresses = await outgoingAddresses(context);
  const helo = config.delivery.heloName || (await hostname());
  const { lookup } = await resolving();
  const senders = await Promise.all(
    domains.slice(0, MOST_DOMAINS).map((one) => factsOf(one, { addresses, helo, keys, lookup })),
  );
  return { senders, leftOut: Math.max(0, domains.length - MOST_DOMAINS), relayhost };
}

interface Means {
  readonly addresses: readonly string[];
  readonly helo: string;
  readonly keys: SigningKeys;
  readonly lookup: Lookup;
}

async function factsOf(
  { domain, from }: Known,
  { addresses, helo, keys, lookup }: Means,
): Promise<SenderFacts> {
  const spfOf = (address: string) =>
    evaluateSpf(domain, { address, sender: `postmaster@${domain}`, helo }, lookup);
  const [spf, spfRecord, found, dmarc] = await Promise.all([
    Promise.all(addresses.map(async (address) => ({ address, verdict: await spfOf(address) }))),
    spfOf(NOBODY),
    lookUpKeys(lookupKeys(keys.entries, domain), lookup),
    findDmarc(domain, lookup),
  ]);
  const dkim = found.map(({ key, found: { state, text } }) => ({
    name: recordName(key.selector, key.domain),
    state,
    text,
  }));
  return { domain, from, spf, spfRecord, dkim, dmarc };
}

/** What is wrong with them is said by the check of the settings. */
async function keysOrNone({ config, dataDir }: DoctorContext): Promise<SigningKeys> {
  try {
    return await readKeys(keySources(config, dataDir));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { keys: [], entries: new Map(), problems: [], doubts: [] };
  }
}

function sendersOfTokens(file: string): readonly Known[] {
  const read = readOperatorText(file);
  if (!('text' in read)) return [];
  const senders = parseTokenFile(read.text, file).tokens.flatMap((token) => token.senders);
  return domainsOf(senders, 'http.tokens');
}

function sendersOfLogins(file: string): readonly Known[] {
  const read = file === '' ? undefined : readOperatorText(file);
  if (read === undefined || !('text' in read)) return [];
  return domainsOf([...readSenderRights(read.text, file).owners.keys()], 'intake.sender_login_maps');
}

function originOf(appendOrigin: string, hostname: string): readonly Known[] {
  if (appendOrigin !== '' && appendOrigin !== 'none')
    return domainsOf([`@${appendOrigin}`], 'intake.append_origin');
  return isFullName(hostname) ? [{ domain: hostname.toLowerCase(), from: 'hostname' }] : [];
}

function domainsOf(senders: readonly string[], from: string): readonly Known[] {
  return senders.flatMap((sender) => {
    const domain = sender.includes('@') ? parseDomain(domainOf(sender)) : undefined;
    return domain === undefined ? [] : [{ domain: domain.toLowerCase(), from }];
  });
}
