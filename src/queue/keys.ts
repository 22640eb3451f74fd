/**
 * Names of our keys. Every name carries the same hash tag, so that all keys of one queue share a Redis Cluster slot and
 * one script may touch them together; BullMQ uses the same tag as its prefix.
 *
 *   {P}:m:ID       hash: `record` (JSON, see record.ts), `size` (octets of content), `body` (small content), `left` (destinations not
 *                  finished), `s:DESTINATION` (JSON progress, once an attempt was made)
 *   {P}:b:ID       list: larger content, in pieces
 *   {P}:d:DEST     sorted set: ids waiting for a destination, scored by the time they are due (epoch ms);
 *                  a score of CLAIMED or more means that the owner of the destination is working on it
 *   {P}:dests      set: destinations that have such a sorted set
 *   {P}:awake      hash: destination -> `JOB:UNTIL`, the BullMQ job that will look after it, and when (0: now)
 *   {P}:owner:DEST string with a time to live: the token of the run that serves the destination
 *   {P}:hungry     set: destinations whose run waits for a word of new mail
 *   {P}:incoming   sorted set: ids whose first pieces are stored but whose message is not accepted yet, by time
 *   {P}:seq        counter for job names
 */
export function keyBase(prefix: string): string {
  return `{${prefix}}:`;
}

/** Channel on which a hungry run hears the name of its destination. */
export function wakeChannel(prefix: string): string {
  return `${keyBase(prefix)}wake`;
}

/** Added to the due time of a claimed entry. Far above any epoch in ms, and exact in a double. */
export const CLAIMED = 1e15;
