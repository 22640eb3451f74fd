import { canonicalAddress } from '../../src/core/dns/ip-address.ts';
import { readProxyHeader } from '../../src/core/intake/proxy-header.ts';
import { parseXclientCommand } from '../../src/core/intake/xclient-command.ts';
import { originText, parseXforwardCommand } from '../../src/core/intake/xforward-command.ts';
import { mutate, pick, type FuzzTarget, type Random } from './target.ts';

const signature = '0d0a0d0a000d0a515549540a';
const headers = [
  Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.2 40000 25\r\n'),
  Buffer.from('PROXY TCP6 2001:db8::1 ::ffff:192.0.2.1 40000 25\r\n'),
  Buffer.from('PROXY UNKNOWN\r\n'),
  Buffer.from(`${signature}2111000fc0000201c63364029c400019040000`, 'hex'),
  Buffer.from(`${signature}21210024${'20010db8000000000000000000000001'.repeat(2)}9c400019`, 'hex'),
  Buffer.from(`${signature}20000000`, 'hex'),
] as const;
const longestHeader = 536;

/**
 * A PROXY header says the same in one piece and in several, speaks of addresses that there are, and leaves what follows as
 * it is.
 */
export const proxyHeaders: FuzzTarget = {
  name: 'PROXY headers',
  round(random) {
    const octets = Buffer.concat([mutate(pick(headers, random), random), Buffer.from('EHLO a\r\n')]);
    const whole = readProxyHeader(octets);
    const fault = (text: string): Error => new Error(`${text}: ${octets.toString('hex')}`);
    if (whole.kind === 'open' && octets.length >= longestHeader) throw fault('waits without end');
    for (let length = 0; length <= octets.length; length += 1) {
      const part = readProxyHeader(octets.subarray(0, length));
      if (part.kind === 'open') continue;
      if (part.kind !== whole.kind) throw fault(`${part.kind} with ${length} octets, ${whole.kind} with all`);
      break;
    }
    if (whole.kind === 'open' || whole.kind === 'malformed') return false;
    const { rest } = whole;
    if (rest.length > octets.length || !octets.subarray(octets.length - rest.length).equals(rest))
      throw fault('what follows was changed');
    if (whole.kind === 'health check') return true;
    for (const { address, port } of [whole.client, whole.dialled])
      if (canonicalAddress(address) !== address || port > 0xffff) throw fault(`${address}:${port}`);
    return true;
  },
};

const attributes = [
  'NAME=a.example',
  'ADDR=IPV6:2001:db8::1',
  'ADDR=[UNAVAILABLE]',
  'PORT=25',
  'HELO=a+20b',
  'LOGIN=ann+40example.org',
  'PROTO=ESMTP',
  'IDENT=4ABC',
  'SOURCE=LOCAL',
] as const;

/** Whatever a peer says of others, log lines and headers stay one line of ASCII. */
export const peerCommands: FuzzTarget = {
  name: 'XCLIENT and XFORWARD',
  round(random) {
    const verb = pick(['XCLIENT', 'XFORWARD'] as const, random);
    const said = Array.from({ length: 1 + random(3) }, () => mutated(pick(attributes, random), random));
    const line = [verb, ...said].join(' ');
    const command = verb === 'XCLIENT' ? parseXclientCommand(line) : parseXforwardCommand(line);
    const shown =
      command.kind === 'refused'
        ? command.reply
        : command.kind === 'xforward'
          ? originText(command.origin)
          : JSON.stringify(command);
    if (!/^[ -~]*$/.test(shown)) throw new Error(`${JSON.stringify(line)} shows ${JSON.stringify(shown)}`);
    if (command.kind !== 'xclient') return command.kind === 'xforward';
    const { address, helo = '', port = 0 } = command;
    const isAddress = address === undefined || address === 'unknown' || canonicalAddress(address) === address;
    if (!isAddress || /[\s<>()]/.test(helo) || port > 0xffff)
      throw new Error(`${JSON.stringify(line)} is taken as ${shown}`);
    return true;
  },
};

function mutated(attribute: string, random: Random): string {
  return random(3) === 0 ? attribute : Buffer.from(mutate(Buffer.from(attribute), random)).toString();
}
