import { flag, mailbox, text } from './kinds.ts';
import type { Setting } from './setting.ts';

/** Section `tlsrpt`: reports about TLS to the domains that mail goes to (docs/tls-reports.md). */
export const tlsrptSettings = {
  'tlsrpt.organization_name': {
    kind: text('up to 200 characters, none of them a control character', /^[^\p{Cc}]{0,200}$/u),
    default: '',
    doc: `Who reports, by name. Together with tlsrpt.contact this turns reports about TLS on (RFC 8460): domains that ask for \
them by a TXT record are told once a day how many sessions complied with their policy, and what went wrong. Empty: \
no reports.`,
  },
  'tlsrpt.contact': {
    kind: mailbox,
    default: '',
    doc: `Mailbox for questions about these reports, which they come from. Its domain must have DKIM keys here ("dane-relay dkim \
create"): reports without its signature count for nobody, so that none goes by mail without a key.`,
  },
  'tlsrpt.allow_private': {
    kind: flag,
    default: false,
    doc: `Receivers that take reports over HTTPS may be at private addresses and at other ports than 443. For laboratories only: \
strangers name these receivers.`,
  },
} as const satisfies Record<string, Setting>;
