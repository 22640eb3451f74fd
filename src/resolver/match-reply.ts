import type { Query } from './query.ts';
import { rcodes, typeNumbers } from './reply.ts';
import type { DnsReply, ReplyHead } from './reply.ts';
import { decodeHead, decodeReply } from './wire.ts';

/** How a message that came back relates to the query. */
export type Match =
  | { readonly kind: 'reply'; readonly reply: DnsReply }
  /** It answers the query, but its records cannot be read. */
  | { readonly kind: 'garbled'; readonly detail: string }
  /** Noise, a late reply to another query, or a forgery. */
  | { readonly kind: 'stranger' };

const stranger: Match = { kind: 'stranger' };
const classIn = 1;

/** Compares a message with the query (RFC 5452 §9.1: ID and question; the socket checks address and port). */
export function matchReply(message: Buffer, query: Query): Match {
  const head = decodeHead(message);
  if (head === undefined || !answers(head, query)) return stranger;
  const reply = decodeReply(message, head);
  return typeof reply === 'string' ? { kind: 'garbled', detail: reply } : { kind: 'reply', reply };
}

function answers(head: ReplyHead, query: Query): boolean {
  if (!head.isResponse || head.opcode !== 0 || head.id !== query.id) return false;
  const { question } = head;
  if (question === undefined) return mayLackQuestion(head);
  return (
    question.name === query.name && question.type === typeNumbers[query.type] && question.dnsClass === classIn
  );
}

/** A server that does not understand a query may send back its header alone (RFC 6891 §7). */
function mayLackQuestion(head: ReplyHead): boolean {
  return head.rcode !== rcodes.NOERROR && head.rcode !== rcodes.NXDOMAIN;
}
