import type { Row } from '../row.ts';
import { goodbye, leaving, reset, silence, utf8 } from './acts.ts';

const no = { goesOn: 'none', never: ['MAIL'] } as const;
const lost = 'deferred 4.4.2 host: lost connection with N while receiving the initial server greeting';
const late = 'deferred 4.4.2 host: conversation with N timed out while receiving the initial server greeting';

export const greeting: readonly Row[] = [
  { name: 'a bare code', host: { greeting: '220' }, result: 'sent 2.0.0', goesOn: 'yes' },
  {
    name: 'a hundred lines',
    host: { greeting: `${'220-hi\r\n'.repeat(100)}220 hi` },
    result: 'sent 2.0.0',
    goesOn: 'yes',
  },
  { name: 'UTF-8', host: { greeting: utf8('220 grüß Gott') }, result: 'sent 2.0.0', goesOn: 'yes' },
  {
    name: 'octet by octet',
    host: { greeting: { bytes: '220-a\r\n220 b' } },
    result: 'sent 2.0.0',
    goesOn: 'yes',
  },
  {
    name: 'after a while',
    host: { greeting: { later: '220 mx.test', ms: 80 } },
    result: 'sent 2.0.0',
    goesOn: 'yes',
  },
  { name: '250 will do', host: { greeting: '250 mx.test' }, result: 'sent 2.0.0', goesOn: 'yes' },
  {
    name: '354',
    host: { greeting: '354 go' },
    result: 'deferred 4.5.0 host: host N refused to talk to me: 354 go',
    ...no,
  },
  {
    name: '421',
    host: { greeting: leaving },
    result: 'deferred 4.3.2 host: host N refused to talk to me: 421 4.3.2 closing',
    ...no,
  },
  {
    name: '450',
    host: { greeting: '450 busy' },
    result: 'deferred 4.0.0 host: host N refused to talk to me: 450 busy',
    saw: ['QUIT'],
    ...no,
  },
  {
    name: '554 speaks for this host only',
    host: { greeting: '554 no' },
    result: 'deferred 4.0.0 host: host N refused to talk to me: 554 no',
    saw: ['QUIT'],
    ...no,
  },
  {
    name: '554 with a detail',
    host: { greeting: '554 5.7.26 no' },
    result: 'deferred 4.7.26 host: host N refused to talk to me: 554 5.7.26 no',
    ...no,
  },
  {
    name: '521 does not accept mail',
    host: { greeting: '521 5.3.2 never' },
    result: 'deferred 4.3.2 host: host N refused to talk to me: 521 5.3.2 never',
    ...no,
  },
  {
    name: '554 where TLS is required',
    level: 'dane',
    host: { greeting: '554 5.7.1 no' },
    result: 'deferred 4.7.1 host: host N refused to talk to me: 554 5.7.1 no',
    ...no,
  },
  { name: 'silence', host: { greeting: silence }, result: late, ...no },
  {
    name: 'a reply that trickles and never ends',
    host: { greeting: { trickle: '220-x\r\n' } },
    result: late,
    ...no,
  },
  { name: 'a line that trickles and never ends', host: { greeting: { trickle: '2' } }, result: late, ...no },
  { name: 'the connection is closed', host: { greeting: goodbye }, result: lost, ...no },
  { name: 'the connection is reset', host: { greeting: reset }, result: lost, ...no },
  {
    name: 'closed in the middle of the reply',
    host: { greeting: { drop: '220-first' } },
    result: lost,
    ...no,
  },
  {
    name: 'another protocol',
    host: { greeting: { stall: 'SSH-2.0-OpenSSH_9.2' } },
    result: late,
    log: ['warning: non-ESMTP response from N:25: SSH-2.0-OpenSSH_9.2'],
    ...no,
  },
  {
    name: 'lines in front of it',
    host: { greeting: 'Welcome\r\n\r\n220 mx.test' },
    result: 'sent 2.0.0',
    goesOn: 'yes',
    log: ['warning: non-ESMTP response from N:25: Welcome'],
  },
  {
    name: '150',
    host: { greeting: '150 wait' },
    result: 'deferred 4.5.0 host: host N refused to talk to me: 150 wait',
    ...no,
  },
  {
    name: '650',
    host: { greeting: '650 what' },
    result: 'deferred 4.5.0 host: host N refused to talk to me: 650 what',
    ...no,
  },
  {
    name: 'more lines than anybody needs',
    host: { greeting: '220-hi\r\n'.repeat(5_000) },
    result: 'deferred 4.5.0 host: Protocol error: host N said: reply of more than 200 lines',
    ...no,
  },
  {
    name: 'the reply to EHLO comes before EHLO',
    host: { greeting: '220 hi\r\n250 mx.test' },
    result: 'deferred 4.7.0 host: unexpected server message',
    ...no,
  },
  {
    name: 'half a line too much',
    host: { greeting: { raw: '220 hi\r\n25' } },
    result: 'deferred 4.7.0 host: unexpected server message',
    ...no,
  },
];
