import { printable } from '../mail/printable.ts';
import type { Proof } from './prove-receipt.ts';
import type { Receipt } from './receipt.ts';

/**
 * What a receipt comes to, in a line: no more than was proved. The verdict is in front, since addresses may have any words in
 * them; and whoever wrote the receipt cannot make another line of it.
 */
export function receiptLine({ message, recipient, outcome, session }: Receipt, proof: Proof): string {
  const at = session === undefined ? '' : ` at ${session.host}[${session.address}]:${session.port}`;
  const text = `${proofText(proof, session)}; ${message.queueId} to ${recipient}: ${outcome.state}${at}, ${outcome.at}`;
  return printable(text);
}

function proofText(proof: Proof, session: Receipt['session']): string {
  switch (proof.kind) {
    case 'refuted':
      return `NOT PROVED: ${proof.why}`;
    case 'not claimed':
      return `nothing is claimed of DANE: ${proof.why}`;
    case 'proved': {
      const matched = session?.judgement?.matched?.record.split(' ').slice(0, 3).join(' ') ?? '';
      const hop = proof.isOwn
        ? 'the domain of the recipient'
        : `${proof.nextHop}, which settings of the relay name`;
      const mx = proof.mx === 'insecure' ? ', whose MX records were not signed' : '';
      return `proved: the chain matches ${matched}, next hop ${hop}${mx}`;
    }
  }
}
