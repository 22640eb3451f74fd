import { existsSync } from 'node:fs';
import { readOperatorText } from '../config/operator-file.ts';
import { isHostName } from '../core/dns/name.ts';
import { canonicalAddress } from '../core/dns/ip-address.ts';
import type { Shown } from '../core/tlsa/shown.ts';
import { readShown, type ShownFile } from '../core/tlsa/read-shown.ts';
import { hint } from './slips.ts';
import { UsageError } from './usage-error.ts';
import { InputError } from './input-error.ts';
import type { TlsaWishes } from './tlsa-wishes.ts';

/** What records are to be made of: a file, or what a host shows. */
export type Subject =
  | {
      readonly kind: 'file';
      readonly file: string;
      readonly holds: ShownFile['kind'];
      readonly shown: Shown;
      /** Mail hosts that it is for: as named on the command line, else those in the certificate; perhaps none. */
      readonly hosts: readonly string[];
      readonly port: number;
    }
  | {
      readonly kind: 'host';
      /** Its name in the DNS; the records belong below it. */
      readonly host: string;
      readonly port: number;
      /** The one address to ask, if it was named; absent: all that the DNS has. */
      readonly address?: string;
    };

/** No top-level domain is called like that. */
const looksLikeFile = /\/|\.(?:pem|crt|cer|cert|der|key|csr|pub)$/i;

/**
 * What an operand stands for. A file that exists is a file, and so is what is called like one; everything else is a host.
 * Throws UsageError and InputError.
 *
 * @param usualPort where nothing says which
 */
export function readSubject(operand: string, wishes: TlsaWishes, usualPort: number): Subject {
  const { host, port = usualPort } = wishes;
  if (!looksLikeFile.test(operand) && !existsSync(operand)) return hostIn(operand, wishes, port);
  const text = readOperatorText(operand, 'octets');
  if ('problem' in text) throw new InputError(`${operand}: found ${text.problem}`);
  const read = readShown(Buffer.from(text.text, 'latin1'));
  if ('problem' in read) throw new InputError(`${operand} has ${read.problem}`);
  const hosts = host === undefined ? read.names : [host];
  return { kind: 'file', file: operand, holds: read.kind, shown: read.shown, hosts, port };
}

/** `mx.example.org`, `mx.example.org:25`, `192.0.2.25`, `[2001:db8::25]:25` */
function hostIn(operand: string, { host }: TlsaWishes, usualPort: number): Subject {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::([0-9]{1,5}))?$/.exec(operand) ?? [];
  const place = bracketed ?? plain ?? operand;
  const port = digits === undefined ? usualPort : Number(digits);
  const address = canonicalAddress(place);
  const name = host ?? place.toLowerCase().replace(/\.$/, '');
  if (address !== undefined && host === undefined)
    throw new UsageError(`${operand} is an address: --name says for which mail host.${hint('tlsa')}`);
  if (!isHostName(name) || port < 1 || port > 65_535)
    throw new UsageError(`"${operand}" is no file that is there, and not the name of a host.${hint('tlsa')}`);
  return { kind: 'host', host: name, port, ...(address !== undefined && { address }) };
}

/** The one mail host that a file is for. Throws UsageError. */
export function oneHost({ file, hosts }: Extract<Subject, { kind: 'file' }>): string {
  const [only, ...others] = hosts;
  if (only !== undefined && others.length === 0) return only;
  const why = only === undefined ? 'names no mail host' : `names ${hosts.length} hosts`;
  throw new UsageError(`${file} ${why}: --name says for which one.${hint('tlsa')}`);
}
