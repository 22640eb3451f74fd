import type { Row } from '../row.ts';
import { endless, goodbye, leaving, reset, silence, trickle } from './acts.ts';

const said = (reply: string): string => `host N said: ${reply} (in reply to DATA command)`;
const atEnd = (reply: string): string => `host N said: ${reply} (in reply to end of DATA command)`;
const nothing = { content: [], goesOn: 'no' } as const;
const lost = 'deferred 4.4.2 host: lost connection with N while sending DATA command';
const late = 'deferred 4.4.2 host: conversation with N timed out while sending DATA command';
const doubtful = 'sending end of data -- message may be sent more than once';
const got = { content: 'hello\r\n', goesOn: 'no' } as const;

export const data: readonly Row[] = [
  { name: 'a bare 354', host: { on: { DATA: '354' } }, result: 'sent 2.0.0', goesOn: 'yes' },
  { name: '354 in lines', host: { on: { DATA: '354-go\r\n354 on' } }, result: 'sent 2.0.0', goesOn: 'yes' },
  {
    name: '354 octet by octet',
    host: { on: { DATA: { bytes: '354 go' } } },
    result: 'sent 2.0.0',
    goesOn: 'yes',
  },
  { name: 'any 3yz will do', host: { on: { DATA: '399 go' } }, result: 'sent 2.0.0', goesOn: 'yes' },
  {
    name: '250 is a protocol error: no content is sent',
    host: { on: { DATA: '250 2.0.0 fine' } },
    result: `bounced 5.5.0 message: Protocol error: ${said('250 2.0.0 fine')}`,
    ...nothing,
  },
  {
    name: '451: RSET, and the session goes on',
    host: { on: { DATA: '451 4.3.0 later' } },
    mail: { recipients: 2 },
    result: `deferred 4.3.0 message: ${said('451 4.3.0 later')}`,
    goesOn: 'yes',
    saw: ['DATA', 'RSET'],
    content: [],
  },
  {
    name: '554 after recipients were accepted',
    host: { on: { DATA: '554 5.7.1 no' } },
    mail: { recipients: 2 },
    result: `bounced 5.7.1 message: ${said('554 5.7.1 no')}`,
    goesOn: 'yes',
    saw: ['DATA', 'RSET'],
    content: [],
  },
  {
    name: '503 after recipients were accepted: the two are out of step',
    host: { on: { DATA: '503 5.5.1 RCPT first' } },
    result: `bounced 5.5.1 message: ${said('503 5.5.1 RCPT first')}`,
    ...nothing,
  },
  {
    name: 'refused for those who were accepted, the others have their own answer',
    host: { on: { RCPT: ['550 5.1.1 who', '250 ok'], DATA: '451 4.3.0 later' } },
    mail: { recipients: 2 },
    result: [
      'bounced 5.1.1 recipient: host N said: 550 5.1.1 who (in reply to RCPT TO command)',
      `deferred 4.3.0 message: ${said('451 4.3.0 later')}`,
    ],
    goesOn: 'yes',
  },
  {
    name: '421',
    host: { on: { DATA: leaving } },
    result: `deferred 4.3.2 message: ${said('421 4.3.2 closing')}`,
    ...nothing,
  },
  { name: 'silence', host: { on: { DATA: silence } }, result: late, ...nothing },
  { name: 'trickle', host: { on: { DATA: { trickle: '354-x\r\n' } } }, result: late, ...nothing },
  { name: 'closed', host: { on: { DATA: goodbye } }, result: lost, ...nothing },
  { name: 'reset', host: { on: { DATA: reset } }, result: lost, ...nothing },
  {
    name: 'nonsense',
    host: { on: { DATA: 'go' } },
    result: 'deferred 4.5.0 host: Protocol error: host N said: go',
    ...nothing,
  },
  {
    name: '354 twice',
    host: { on: { DATA: '354 go\r\n354 go' } },
    result: 'deferred 4.5.0 host: Protocol error: host N said: 354 go',
    ...nothing,
  },
  {
    name: 'accepted before there was content',
    host: { on: { DATA: '354 go\r\n250 2.0.0 queued' } },
    result: 'deferred 4.5.0 host: Protocol error: host N said: 250 2.0.0 queued',
    ...nothing,
  },
  {
    name: 'refused before there was content',
    host: { on: { DATA: '354 go\r\n554 5.7.1 no' } },
    result: `bounced 5.7.1 message: ${atEnd('554 5.7.1 no')}`,
    ...nothing,
  },
  {
    name: 'end: a bare 250',
    host: { on: { dot: '250' } },
    result: 'sent 2.0.0 message: 250',
    goesOn: 'yes',
    content: 'hello\r\n',
  },
  {
    name: 'end: in lines, with a detail',
    host: { on: { dot: '250-2.6.0 got it\r\n250 2.6.0 as 4X' } },
    result: 'sent 2.6.0 message: 250-2.6.0 got it 250 2.6.0 as 4X',
    goesOn: 'yes',
  },
  {
    name: 'end: any 2yz will do',
    host: { on: { dot: '251 fine' } },
    result: 'sent 2.0.0 message: 251 fine',
    goesOn: 'yes',
  },
  {
    name: 'end: octet by octet',
    host: { on: { dot: { bytes: '250 2.0.0 ok' } } },
    result: 'sent 2.0.0',
    goesOn: 'yes',
  },
  {
    name: 'end: after a while',
    host: { on: { dot: { later: '250 2.0.0 ok', ms: 80 } } },
    result: 'sent 2.0.0',
    goesOn: 'yes',
  },
  {
    name: 'end: 451 greylisted',
    host: { on: { dot: '451 4.7.1 greylisted' } },
    mail: { recipients: 2 },
    result: `deferred 4.7.1 message: ${atEnd('451 4.7.1 greylisted')}`,
    goesOn: 'yes',
  },
  {
    name: 'end: 554 spam',
    host: { on: { dot: '554 5.7.1 spam' } },
    mail: { recipients: 2 },
    result: `bounced 5.7.1 message: ${atEnd('554 5.7.1 spam')}`,
    goesOn: 'yes',
  },
  {
    name: 'end: 552 too long is for good',
    host: { on: { dot: '552 5.3.4 too long' } },
    result: `bounced 5.3.4 message: ${atEnd('552 5.3.4 too long')}`,
    goesOn: 'yes',
  },
  {
    name: 'end: 354 is a protocol error',
    host: { on: { dot: '354 more' } },
    result: `bounced 5.5.0 message: Protocol error: ${atEnd('354 more')}`,
    goesOn: 'no',
  },
  {
    name: 'end: 421 means that it has not taken it',
    host: { on: { dot: leaving } },
    result: `deferred 4.3.2 message: ${atEnd('421 4.3.2 closing')}`,
    ...got,
  },
  {
    name: 'end: silence',
    host: { on: { dot: silence } },
    mail: { recipients: 2 },
    result: `deferred 4.4.2 host: conversation with N timed out while ${doubtful}`,
    ...got,
  },
  {
    name: 'end: trickle',
    host: { on: { dot: trickle } },
    result: `deferred 4.4.2 host: conversation with N timed out while ${doubtful}`,
    ...got,
  },
  {
    name: 'end: closed',
    host: { on: { dot: goodbye } },
    result: `deferred 4.4.2 host: lost connection with N while ${doubtful}`,
    ...got,
  },
  {
    name: 'end: reset',
    host: { on: { dot: reset } },
    result: `deferred 4.4.2 host: lost connection with N while ${doubtful}`,
    ...got,
  },
  {
    name: 'end: closed in the middle of the reply',
    host: { on: { dot: { drop: '250-2.0.0 nearly' } } },
    result: `deferred 4.4.2 host: lost connection with N while ${doubtful}`,
    ...got,
  },
  {
    name: 'end: endless',
    host: { on: { dot: endless } },
    result: 'deferred 4.5.0 host: Protocol error: host N said: reply of more than 200 lines',
    ...got,
  },
  {
    name: 'end: nonsense',
    host: { on: { dot: 'thanks' } },
    result: 'deferred 4.5.0 host: Protocol error: host N said: thanks',
    ...got,
  },
  {
    name: 'end: accepted and left',
    host: { on: { dot: { drop: '250 2.0.0 ok' } } },
    result: 'sent 2.0.0',
    ...got,
  },
  {
    name: 'end: accepted, and 421 behind it',
    host: { on: { dot: '250 2.0.0 ok\r\n421 4.3.2 closing' } },
    result: 'sent 2.0.0',
    ...got,
  },
  {
    name: 'end: accepted, and nonsense behind it',
    host: { on: { dot: '250 2.0.0 ok\r\nthanks' } },
    result: 'sent 2.0.0',
    ...got,
  },
];
