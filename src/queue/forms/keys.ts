/**
 * Names of our keys. Every name carries the same hash tag, so that all keys of one queue share a Redis Cluster slot and
 * one script may touch them together; BullMQ uses the same tag as its prefix.
 *
 *   {P}:m:ID       hash: `record` (JSON, see record.ts), `size` (octets of content), `body` (small content), `left` (destinations not
 *                  finished), `s:DESTINATION` (JSON progress, once an attempt was made or is known in part), `dot:DESTINATION` (`*` or indexes
 *                  with commas: recipients to whom the final dot may have been sent in an attempt not yet settled), `warned`
 *                  (when the sender was told that it is late), `moved` (when recipients last went to another destination),
 *                  `hold` (when the operator placed it on hold), `expire` (when the operator wished it to be returned)
 *   {P}:b:ID       list: larger content, in pieces
 *   {P}:d:DEST     sorted set: ids waiting for a destination, scored by the time they are due (epoch ms);
 *                  a score of CLAIMED plus the number of a run means that this run is working on it, HELD that it waits
 *                  for a word of the operator: who may have it already, or all of a message with `hold`
 *   {P}:dests      set: destinations that have such a sorted set
 *   {P}:awake      hash: destination -> `JOB:UNTIL`, the BullMQ job that will look after it, and when (0: now)
 *   {P}:owner:DEST string with a time to live: the token of the run that serves the destination, `RUN:UUID`
 *   {P}:postponed  hash: destination -> why mail that is due is not tried there
 *   {P}:suspended  hash: destination -> why and until when it is left alone (JSON)
 *   {P}:w:DEST     sorted set: ids that were deferred because of the destination, scored by when it was found in trouble
 *   {P}:hungry     set: destinations whose run waits for a word of new mail
 *   {P}:incoming   sorted set: ids whose first pieces are stored but whose message is not accepted yet, by time; a score
 *                  with a fraction is renewed as long as somebody writes, those of older relays are not. Content that comes
 *                  right before its envelope is not in it
 *   {P}:fenced     sorted set: ids that no accept may put in place any more, by time
 *   {P}:taken      sorted set: names of files of maildrops whose messages were put in place, by time; forgotten when the file
 *                  is gone, or after 30 days
 *   {P}:adopted:D  set: ids that an import of the dump D has put in place; forgotten after 30 days
 *   {P}:http:ID    hash with a time to live, of a message that came over HTTP: `submitter`, `at`, `to` (JSON), `answer` (what the
 *                  client was told), `once` and `fingerprint` (of a request with a key), `r:INDEX` (JSON, the last outcome of a recipient)
 *   {P}:http       sorted set: `ID RECIPIENTS` of those, by time
 *   {P}:http-size  sum of these RECIPIENTS
 *   {P}:key:TOKEN:HASH string with a time to live: id of the message that was accepted for a key
 *   {P}:past       list: attempts to deliver (JSON, see kept.ts), the newest last; at most so many octets, and for so long
 *   {P}:past-facts hash: `octets` of these, `gone`: how many were forgotten, `failed`: octets of the next
 *   {P}:failed     hash: `ID DESTINATION` -> evidence of the last failed attempt (JSON), also of messages that left
 *   {P}:failed-at  sorted set: the fields of it, by time
 *   {P}:receipt:ID hash: index of a recipient -> its receipt (JWS), also of messages that left
 *   {P}:receipts   sorted set: ids of these messages, by when the last one was stored
 *   {P}:receipt-octets hash: id -> octets of these receipts
 *   {P}:receipts-size sum of them
 *   {P}:hook:NAME    sorted set: ids of events that wait for a webhook, by when they are due
 *   {P}:hook-event:NAME hash: `ID` -> event (JSON), `ID attempts` -> how many failed
 *   {P}:hook-dropped hash: webhook -> events that found no room, until a relay has told
 *   {P}:tlsrpt:DAY DOMAIN hash with a time to live: TLS sessions of a day for mail of a domain: `p ID` (JSON, a policy), `s ID` and `f ID`
 *                  (successes and failures under it), `d ID FAULT` (JSON; failures with that fault), `octets` of all that; once it was tried to send
 *                  the report `name`, `taken` (the token of who does so now) and `progress` (JSON)
 *   {P}:tlsrpt-due sorted set with a time to live: those `DAY DOMAIN`, by when their report is due
 *   {P}:tlsrpt-octets:DAY hash with a time to live: `octets` of all domains, `left-out`: sessions that found no room or came too late
 *   {P}:tlsrpt-sent:DAY set with a time to live: domains whose report of that day was sent, or is given up
 *   {P}:tlsrpt-suppressed hash: domain, or address of reports -> since when it gets none
 *   {P}:holding    set: ids on hold of which a delivery was under way then
 *   {P}:notes-lost how many of the notes below found no room, until a relay has told
 *   {P}:exceptions   hash: key of the policy map -> the level that its destinations have until a date instead, and why (JSON)
 *   {P}:exception-notes list: what operators did to exceptions (JSON), until a relay has put it into its log
 *   {P}:notes      list: what the operator did (JSON), until a relay has put it into its log
 *   {P}:sts:DOMAIN string with a time to live, until it expires: the MTA-STS policy of a domain (JSON, core/sts/known-policy.ts)
 *   {P}:sts-due    sorted set: domains of these, by when they are fetched anew
 *   {P}:sts-used   sorted set: domains of these, by when mail last asked for them, to the hour
 *   {P}:sts-failed hash: domain -> how often and why its policy could not be fetched anew (JSON)
 *   {P}:sticky:DEST hash with a time to live: host -> when it was last proved by DANE (epoch ms)
 *   {P}:sticky     sorted set with a time to live: destinations of these, by when they are forgotten
 *   {P}:sticky-lost hash with a time to live: destination -> what it has lost since, and whether its mail waits (JSON)
 *   {P}:health:DEST string with a time to live: what the last checks of a destination have found (JSON, core/check/known-health.ts)
 *   {P}:health-mailed sorted set with a time to live: destinations to which mail has gone with DANE, by when it last did, to the hour
 *   {P}:health-checked the same, by when they were last checked; one that a relay has taken is due again in ten minutes
 *   {P}:what-if:DAY hash with a time to live: messages that a policy was tried on that day, by what came of it (core/what-if/counted.ts)
 *   {P}:what-if-ids:DAY the same for `N NAME` -> number and id of a message: the last ones of each
 *   {P}:watched    hash: destination -> TLSA records that are asked for while its mail waits because of them (JSON, core/rollover)
 *   {P}:watched-at sorted set: destinations of these, by when the DNS is asked next
 *   {P}:node       id of this queue, for others: a UUID
 *   {P}:form       the newest version of stored forms that its relays can read
 *   {P}:drain      string with a time to live: the drain that moves messages out of this queue
 *   {P}:closed     no client's mail is taken, because the queue is being moved away; since when
 *   {P}:away       sorted set: ids of messages that have left for another queue, and may have come to it, by time
 *   {P}:away:ID    hash: such a message, with `at:DESTINATION` (its scores), `departure` (a UUID) and `target` (id of the other queue)
 *   {P}:away-content:ID list: its content, if that is in pieces
 *   {P}:drains     hash: id of another queue -> the drain from which this one takes that one's messages
 *   {P}:arrived:SOURCE hash: ID -> departure of messages that came from that queue, until that has let them go
 *   {P}:probe      written to see whether Redis takes anything
 *   {P}:seq        counter for jobs and runs; a run also moves it up to the clock, in tenths of a millisecond
 */
export function keyBase(prefix: string): string {
  return `{${prefix}}:`;
}

/** Name of a relay's connections, as CLIENT LIST shows it. */
export function relayClientName(prefix: string): string {
  return `dane-relay:${prefix}`;
}

/** Channel on which a waiting run receives the name of its destination. */
export function wakeChannel(prefix: string): string {
  return `${keyBase(prefix)}wake`;
}

/** Channel on which relays are told about notes. */
export function notedChannel(prefix: string): string {
  return `${keyBase(prefix)}noted`;
}

/** Channel on which relays are told that exceptions have changed. */
export function exceptedChannel(prefix: string): string {
  return `${keyBase(prefix)}excepted`;
}

/** Score of an entry that never falls due. Far above any epoch in ms. */
export const HELD = 5e14;
/**
 * Score of a claimed entry, without the number of the run that claimed it; their sum is exact in a double. A run that
 * takes a destination over also takes the claims of its predecessor away: a run whose number is no longer in the score,
 * however long it was suspended, can neither send a final dot nor settle.
 */
export const CLAIMED = 1e15;
