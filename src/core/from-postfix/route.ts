import { isDomainName } from '../postfix/names.ts';
import { readNextHop } from '../route/next-hop.ts';
import { readNumber } from '../postfix/quantities.ts';
import { listItems } from '../postfix/words.ts';
import { meaningOf, readTransport } from './transports.ts';
import { isUnknown, originOf, type Taking } from './taking.ts';

/** Where mail goes, apart from the transport table, and under which name. */
export function takeRoute(taking: Taking): void {
  takeRelayhost(taking);
  takePort(taking);
  takeHelo(taking);
  takeProtocols(taking);
}

function takeRelayhost(taking: Taking): void {
  const { scope, draft, services } = taking;
  const relayhost = scope.value('relayhost');
  const usual = scope.value('default_transport');
  const transport = readTransport(usual.text);
  const isSmtp = meaningOf(transport.name, services) === 'smtp';
  draft.account([...relayhost.origins, ...usual.origins]);
  if (!isSmtp)
    draft.refuse(
      originOf(usual),
      `mail that no table speaks of went by the transport "${transport.name}"; here it goes by SMTP`,
      'protection',
    );
  const fromTransport = isSmtp && transport.nextHop !== '';
  const value = fromTransport ? { ...usual, text: transport.nextHop } : relayhost;
  if (fromTransport && relayhost.text !== '')
    draft.refuse(originOf(relayhost), 'default_transport has a next hop, which comes before it', 'nothing');
  if (value.text === '' || isUnknown(taking, value, 'protection')) return;
  const hops = readNextHop(listItems(value.text).join(', '));
  if (hops !== undefined) draft.set('delivery.relayhost', hops, value.origins);
  else
    draft.refuse(
      originOf(value),
      `"${value.text}" is no [host] or domain, with :port or without. Mail goes to the hosts of its recipients instead`,
      'protection',
    );
}

/** The destinations that all mail, or what is left over, goes to. */
export function knownHops({ draft }: Pick<Taking, 'draft'>): readonly string[] {
  return ['delivery.relayhost', 'delivery.fallback_relay'].flatMap((key) => {
    const value = draft.settings.get(key)?.value;
    return typeof value === 'string' ? listItems(value) : [];
  });
}

const ports: ReadonlyMap<string, number> = new Map([
  ['smtp', 25],
  ['submission', 587],
  ['submissions', 465],
  ['smtps', 465],
]);

/** The number of a port, or of a mail service. */
export function portOf(text: string): number | undefined {
  const port = ports.get(text.toLowerCase()) ?? readNumber(text);
  return port !== undefined && port >= 1 && port <= 65_535 ? port : undefined;
}

function takePort({ scope, draft }: Taking): void {
  const value = scope.value('smtp_tcp_port');
  if (value.origins.length === 0) return;
  const port = portOf(value.text);
  if (port === undefined)
    draft.refuse(originOf(value), `"${value.text}" is no port that is known here`, 'effect');
  else draft.set('delivery.port', port, value.origins);
}

function takeHelo(taking: Taking): void {
  const { scope, draft } = taking;
  const name = scope.assignment('smtp_helo_name');
  if (name === undefined) return;
  const [helo, own] = [scope.value('smtp_helo_name'), scope.value('myhostname')];
  draft.account([name]);
  // Our default is the name of the relay, too.
  if (name.value === '$myhostname' || helo.text === own.text) return;
  if (isUnknown(taking, helo, 'effect')) return;
  if (isDomainName(helo.text) || /^\[.+\]$/.test(helo.text))
    draft.set('delivery.helo_name', helo.text, helo.origins);
  else draft.refuse(originOf(helo), `"${helo.text}" is no name of a host`, 'effect');
}

function takeProtocols({ scope, draft }: Taking): void {
  const value = scope.value('inet_protocols');
  if (value.origins.length === 0) return;
  const words = new Set(listItems(value.text.toLowerCase()));
  const [four, six] = [words.has('ipv4'), words.has('ipv6')];
  if (words.has('all') || (four && six)) draft.set('delivery.inet_protocols', 'all', value.origins);
  else if (four || six) draft.set('delivery.inet_protocols', four ? 'ipv4' : 'ipv6', value.origins);
  else draft.refuse(originOf(value), 'none of all, ipv4 and ipv6', 'effect');
}
