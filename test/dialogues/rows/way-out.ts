import type { Row } from '../row.ts';
import { goodbye, leaving, silence, trickle } from './acts.ts';

const who = 'bounced 5.1.1 recipient: host N said: 550 5.1.1 who (in reply to RCPT TO command)';
const refused = { RCPT: '550 5.1.1 who', DATA: '554 5.5.1 nobody' } as const;

export const wayOut: readonly Row[] = [
  { name: 'RSET is answered', host: { on: refused }, result: who, goesOn: 'yes', saw: ['RSET'] },
  { name: 'RSET: a bare 250', host: { on: { ...refused, RSET: '250' } }, result: who, goesOn: 'yes' },
  {
    name: 'RSET is answered late',
    host: { on: { ...refused, RSET: { later: '250 ok', ms: 50 } } },
    result: who,
    goesOn: 'yes',
  },
  { name: 'RSET is refused', host: { on: { ...refused, RSET: '502 what' } }, result: who, goesOn: 'no' },
  { name: 'RSET: 421', host: { on: { ...refused, RSET: leaving } }, result: who, goesOn: 'no' },
  { name: 'RSET: silence', host: { on: { ...refused, RSET: silence } }, result: who, goesOn: 'no' },
  { name: 'RSET: trickle', host: { on: { ...refused, RSET: trickle } }, result: who, goesOn: 'no' },
  { name: 'RSET: closed', host: { on: { ...refused, RSET: goodbye } }, result: who, goesOn: 'no' },
  {
    name: 'QUIT is answered',
    result: 'sent 2.0.0',
    goesOn: 'yes',
    saw: ['MAIL', 'RCPT', 'DATA'],
  },
  {
    name: 'QUIT: silence keeps nobody',
    host: { on: { QUIT: silence } },
    result: 'sent 2.0.0',
    goesOn: 'yes',
  },
  { name: 'QUIT: closed', host: { on: { QUIT: goodbye } }, result: 'sent 2.0.0', goesOn: 'yes' },
  { name: 'QUIT: nonsense', host: { on: { QUIT: 'no' } }, result: 'sent 2.0.0', goesOn: 'yes' },
  {
    name: 'over TLS, QUIT: silence',
    level: 'dane',
    host: { on: { QUIT: silence } },
    result: 'sent 2.0.0',
    goesOn: 'yes',
  },
];
