import { duration, filePath, flag, headerNames, hostName } from './kinds.ts';
import type { Setting } from './setting.ts';

/** Section `dkim`: signatures of mail that goes out. */
export const dkimSettings = {
  'dkim.directory': {
    kind: filePath,
    default: '',
    doc: `Directory of private keys for DKIM signatures: DOMAIN/SELECTOR.private, as "dane-relay dkim create" and \
opendkim-genkey write them. Mail is signed with every key of the domain in its From field. Files that change are read \
again. Empty: dkim in data_dir, if it is there.`,
  },
  'dkim.key_table': {
    kind: filePath,
    default: '',
    doc: `Table of keys that are kept elsewhere, or that sign for other domains. A line has the domain in the From field \
(or ".domain" for all below it, or "*"), and the keys as domain:selector:file with commas between. It comes before \
dkim.directory. Empty: there is none.`,
  },
  'dkim.subdomains': {
    kind: flag,
    default: true,
    doc: `Keys in dkim.directory sign for the domains below theirs, too, unless those have keys of their own. The reports \
of this relay are such mail if it is a host of that domain.`,
  },
  'dkim.default_domain': {
    kind: hostName,
    default: '',
    doc: `Domain whose keys sign all mail that no other key signs. DMARC does not count such a signature. Empty: that mail \
goes unsigned.`,
  },
  'dkim.sign_headers': {
    kind: headerNames,
    default: ['built-in'],
    doc: `Header fields that a signature covers if a message has them. built-in: From, Subject, Date, Message-ID, the fields of \
recipients, of MIME, of threads and of lists. "X-Mine" adds a name, and "!References" behind built-in removes one. From is \
always signed.`,
  },
  'dkim.oversign_headers': {
    kind: headerNames,
    default: ['built-in'],
    doc: `Header fields of which a signature says that there is no further one, so that nobody can add one. built-in: From, \
Sender, Reply-To, To, Cc, Subject, Date, Message-ID, MIME-Version, Content-Type, Content-Transfer-Encoding. Names are added and \
removed as above, and dkim.sign_headers must have them, too.`,
  },
  'dkim.expire': {
    kind: duration('0s', '1000d'),
    default: '0s',
    doc: `Time after which a signature counts no more (x=). It must be longer than queue.lifetime. 0s: it does not expire.`,
  },
} as const satisfies Record<string, Setting>;
