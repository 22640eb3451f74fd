import { parseAddressList } from './address-list.ts';
import type { HeaderField } from './header-reader.ts';

const recipientNames = new Set(['to', 'cc', 'bcc']);
const resentNames = new Set(['resent-to', 'resent-cc', 'resent-bcc']);
/** As `message_drop_headers` of Postfix. */
const droppedNames = new Set(['bcc', 'resent-bcc', 'return-path', 'content-length']);

/** The addresses that a header names as recipients: those of Resent fields alone, if there is any of these. */
export function recipientsOf(fields: readonly HeaderField[]): readonly string[] {
  const isResent = fields.some(({ name }) => resentNames.has(name));
  const names = isResent ? resentNames : recipientNames;
  return fields
    .filter(({ name }) => names.has(name))
    .flatMap((field) => parseAddressList(field.text.slice(field.body)).map(({ address }) => utf8(address)));
}

/** Without the fields that no recipient may see, and those that others write. */
export function withoutDropped(fields: readonly HeaderField[]): readonly HeaderField[] {
  return fields.filter(({ name }) => !droppedNames.has(name));
}

function utf8(octets: string): string {
  return Buffer.from(octets, 'latin1').toString();
}
