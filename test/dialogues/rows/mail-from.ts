import type { Row } from '../row.ts';
import { goodbye, leaving, reset, silence, trickle } from './acts.ts';

const said = (reply: string): string => `host N said: ${reply} (in reply to MAIL FROM command)`;
const serial = ['8BITMIME'];
const nothing = { content: [] } as const;
const lost = 'deferred 4.4.2 host: lost connection with N while sending MAIL FROM';
const late = 'deferred 4.4.2 host: conversation with N timed out while sending MAIL FROM';
/** A server in its right mind, after it refused the sender of a pipelined envelope. */
const whom = { RCPT: '503 5.5.1 MAIL first', DATA: '503 5.5.1 MAIL first' };

export const mailFrom: readonly Row[] = [
  { name: 'a bare 250', host: { on: { MAIL: '250' } }, result: 'sent 2.0.0', goesOn: 'yes' },
  { name: 'any 2yz will do', host: { on: { MAIL: '299 fine' } }, result: 'sent 2.0.0', goesOn: 'yes' },
  {
    name: '450 is for this message',
    host: { on: { MAIL: '450 4.7.1 later', ...whom } },
    mail: { recipients: 2 },
    result: `deferred 4.7.1 message: ${said('450 4.7.1 later')}`,
    goesOn: 'yes',
    ...nothing,
  },
  {
    name: '452 without PIPELINING: no RCPT',
    host: { offers: serial, on: { MAIL: '452 4.3.1 full' } },
    result: `deferred 4.3.1 message: ${said('452 4.3.1 full')}`,
    goesOn: 'yes',
    never: ['RCPT', 'DATA'],
  },
  {
    name: '550 bounces, for all recipients',
    host: { on: { MAIL: '550 5.7.1 not you', ...whom } },
    mail: { recipients: 2 },
    result: `bounced 5.7.1 message: ${said('550 5.7.1 not you')}`,
    goesOn: 'yes',
    ...nothing,
  },
  {
    name: '552 too long',
    host: { offers: serial, on: { MAIL: '552 5.3.4 too long' } },
    result: `bounced 5.3.4 message: ${said('552 5.3.4 too long')}`,
    goesOn: 'yes',
  },
  {
    name: '530 wants STARTTLS, which it did not offer',
    host: { offers: serial, on: { MAIL: '530 5.7.0 Must issue a STARTTLS command first' } },
    result: `bounced 5.7.0 message: ${said('530 5.7.0 Must issue a STARTTLS command first')}`,
    goesOn: 'yes',
  },
  {
    name: '555 does not understand us: the session ends',
    host: { offers: serial, on: { MAIL: '555 5.5.4 what' } },
    result: `bounced 5.5.4 message: ${said('555 5.5.4 what')}`,
    goesOn: 'no',
  },
  {
    name: '501 does not understand us: the session ends',
    host: { offers: serial, on: { MAIL: '501 5.5.4 what' } },
    result: `bounced 5.5.4 message: ${said('501 5.5.4 what')}`,
    goesOn: 'no',
  },
  {
    name: '354 is no answer',
    host: { offers: serial, on: { MAIL: '354 go' } },
    result: `deferred 4.5.0 host: Protocol error: ${said('354 go')}`,
    goesOn: 'no',
    never: ['RCPT'],
    ...nothing,
  },
  {
    name: '421',
    host: { on: { MAIL: leaving } },
    mail: { recipients: 2 },
    result: `deferred 4.3.2 message: ${said('421 4.3.2 closing')}`,
    goesOn: 'no',
  },
  {
    name: '421 of a server that stays: it is left',
    host: { offers: serial, on: { MAIL: '421 4.3.2 closing' } },
    result: `deferred 4.3.2 message: ${said('421 4.3.2 closing')}`,
    goesOn: 'no',
  },
  { name: 'silence', host: { on: { MAIL: silence } }, result: late, goesOn: 'no' },
  { name: 'trickle', host: { on: { MAIL: trickle } }, result: late, goesOn: 'no' },
  { name: 'closed', host: { on: { MAIL: goodbye } }, result: lost, goesOn: 'no' },
  { name: 'reset', host: { on: { MAIL: reset } }, result: lost, goesOn: 'no' },
  {
    name: '354 is no answer, with PIPELINING either',
    host: { on: { MAIL: '354 go' } },
    mail: { recipients: 2 },
    result: `deferred 4.5.0 host: Protocol error: ${said('354 go')}`,
    goesOn: 'no',
    ...nothing,
  },
  {
    name: 'nonsense instead of an answer: that to DATA is taken for one to RCPT, and cannot be',
    host: { on: { MAIL: 'fine' } },
    result:
      'deferred 4.5.0 host: Protocol error: host N said: 354 End data with <CR><LF>.<CR><LF> (in reply to RCPT TO command)',
    goesOn: 'no',
    ...nothing,
  },
  {
    name: '550, but recipients and content are taken: an empty message would reach them',
    host: { on: { MAIL: '550 5.7.1 not you' } },
    result: `bounced 5.7.1 message: ${said('550 5.7.1 not you')}`,
    goesOn: 'no',
    ...nothing,
  },
  {
    name: '450, recipients refused, content taken all the same: an end of content alone',
    host: { on: { MAIL: '450 4.7.1 later', RCPT: '503 MAIL first', dot: '503 RCPT first' } },
    result: `deferred 4.7.1 message: ${said('450 4.7.1 later')}`,
    goesOn: 'yes',
    content: '',
  },
  {
    name: 'over TLS, refused by who he should be',
    level: 'dane',
    host: { on: { MAIL: '550 5.7.1 not you', ...whom } },
    result: `bounced 5.7.1 message: ${said('550 5.7.1 not you')}`,
    goesOn: 'yes',
  },
];
