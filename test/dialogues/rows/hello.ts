import type { Row } from '../row.ts';
import { endless, goodbye, leaving, reset, silence, trickle } from './acts.ts';

const no = { goesOn: 'none', never: ['MAIL'] } as const;
const lost = 'deferred 4.4.2 host: lost connection with N while performing the EHLO handshake';
const late = 'deferred 4.4.2 host: conversation with N timed out while performing the EHLO handshake';
const withHelo = {
  result: 'sent 2.0.0',
  goesOn: 'yes',
  saw: ['EHLO', 'HELO', 'MAIL FROM:<a@example.org>'],
} as const;
const withoutHelo = { goesOn: 'none', never: ['HELO', 'MAIL'] } as const;

export const hello: readonly Row[] = [
  { name: '500: HELO', host: { on: { EHLO: '500 what' } }, ...withHelo },
  { name: '502: HELO', host: { on: { EHLO: '502 5.5.1 what' } }, ...withHelo },
  { name: '550: HELO', host: { on: { EHLO: '550 5.7.1 no' } }, ...withHelo },
  { name: '451: HELO', host: { on: { EHLO: '451 4.3.0 not now' } }, ...withHelo },
  { name: '354: HELO', host: { on: { EHLO: '354 go' } }, ...withHelo },
  {
    name: '550, and HELO too: that is for good',
    host: { on: { EHLO: '550 5.7.1 no', HELO: '550 5.7.1 never' } },
    result: 'bounced 5.7.1 host: host N refused to talk to me: 550 5.7.1 never',
    saw: ['EHLO', 'HELO', 'QUIT'],
    ...no,
  },
  {
    name: '502, and 450 to HELO',
    host: { on: { EHLO: '502 what', HELO: '450 4.7.1 later' } },
    result: 'deferred 4.7.1 host: host N refused to talk to me: 450 4.7.1 later',
    ...no,
  },
  {
    name: '502, and 421 to HELO',
    host: { on: { EHLO: '502 what', HELO: leaving } },
    result: 'deferred 4.3.2 host: host N refused to talk to me: 421 4.3.2 closing',
    ...no,
  },
  {
    name: '502, and silence to HELO',
    host: { on: { EHLO: '502 what', HELO: silence } },
    result: 'deferred 4.4.2 host: conversation with N timed out while performing the HELO handshake',
    ...no,
  },
  {
    name: '502, and closed at HELO',
    host: { on: { EHLO: '502 what', HELO: goodbye } },
    result: 'deferred 4.4.2 host: lost connection with N while performing the HELO handshake',
    ...no,
  },
  {
    name: '421: no HELO',
    host: { on: { EHLO: leaving } },
    result: 'deferred 4.3.2 host: host N refused to talk to me: 421 4.3.2 closing',
    ...withoutHelo,
  },
  { name: 'silence', host: { on: { EHLO: silence } }, result: late, ...no },
  { name: 'a reply that trickles', host: { on: { EHLO: trickle } }, result: late, ...no },
  { name: 'closed', host: { on: { EHLO: goodbye } }, result: lost, ...no },
  { name: 'reset', host: { on: { EHLO: reset } }, result: lost, ...no },
  {
    name: 'endless',
    host: { on: { EHLO: endless } },
    result: 'deferred 4.5.0 host: Protocol error: host N said: reply of more than 200 lines',
    ...no,
  },
  {
    name: 'nonsense instead of an answer',
    host: { on: { EHLO: { stall: 'hello yourself' } } },
    result: late,
    ...withoutHelo,
  },
  {
    name: 'nonsense before an answer',
    host: { on: { EHLO: 'hello yourself\r\n250 mx.test' } },
    result: 'sent 2.0.0',
    goesOn: 'yes',
    log: ['warning: non-ESMTP response from N:25: hello yourself'],
  },
  {
    name: '650, and HELO too: that is nothing for good',
    host: { on: { EHLO: '650 what', HELO: '650 what' } },
    result: 'deferred 4.5.0 host: host N refused to talk to me: 650 what',
    ...no,
  },
  {
    name: 'a bare code offers nothing',
    host: { on: { EHLO: '250' } },
    result: 'sent 2.0.0',
    goesOn: 'yes',
    saw: ['MAIL FROM:<a@example.org>', 'RCPT TO:<r1@example.net>', 'DATA'],
    never: ['HELO', 'STARTTLS', 'MAIL FROM:<a@example.org> '],
  },
  {
    name: 'keywords in lower case, with blanks behind, byte by byte',
    host: { on: { EHLO: { bytes: '250-mx.test\r\n250-pipelining  \r\n250 size 1000' } } },
    result: 'sent 2.0.0',
    goesOn: 'yes',
    saw: ['MAIL FROM:<a@example.org> SIZE=7'],
  },
  {
    name: 'a reply too many comes before STARTTLS',
    level: 'may',
    host: { on: { EHLO: '250-mx.test\r\n250 STARTTLS\r\n220 go' } },
    result: 'deferred 4.7.0 host: unexpected server message',
    ...no,
  },
  {
    name: 'a reply too many comes before MAIL',
    host: { on: { EHLO: '250 mx.test\r\n250 ok' } },
    result: 'deferred 4.7.0 host: unexpected server message',
    goesOn: 'no',
    never: ['MAIL'],
  },
  {
    name: '421 comes before MAIL',
    host: { on: { EHLO: '250 mx.test\r\n421 4.3.2 closing' } },
    result: 'deferred 4.3.2 message: host N said: 421 4.3.2 closing (in reply to MAIL FROM command)',
    goesOn: 'no',
    never: ['MAIL'],
  },
  {
    name: '550 where TLS is required could be said by anybody',
    level: 'encrypt',
    host: { on: { EHLO: '550 5.7.1 no' } },
    result: 'deferred 4.7.1 host: host N refused to talk to me: 550 5.7.1 no',
    ...withoutHelo,
  },
  {
    name: '502 where TLS is required: HELO has no STARTTLS',
    level: 'dane',
    host: { on: { EHLO: '502 what' } },
    result: 'deferred 4.7.4 host: TLS is required, but was not offered by host N',
    ...withoutHelo,
  },
];
