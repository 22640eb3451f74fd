import type { Claim } from '../../../src/core/delivery/claim.ts';
import type { Story } from './random-world.ts';

/**
 * What is wrong with a story, in words; empty if nothing is. Every recipient has one end; whoever was sent the message has
 * got it once, and nobody else has, but for final dots whose reply was lost, and those we must have told of.
 */
export function judgeStory({ mails, log, verdicts, servers, forgotten }: Story): readonly string[] {
  const wrong: string[] = forgotten.map((queueId) => `${queueId} was neither settled nor given back`);
  const statuses = statusesIn(log.map(({ text }) => text));

  for (const mail of mails) {
    const { queueId, envelope } = mail.message;
    const ofMail = verdicts.filter(
      ({ sender, recipients }) => sender === envelope.sender && recipients.length > 0,
    );
    const lost = ofMail.filter(({ kind }) => kind === 'lost').length;
    const doubts = log.filter(
      ({ event, fields }) => event === 'ambiguous' && fields?.['queueId'] === queueId,
    ).length;
    if (doubts < lost)
      wrong.push(`${queueId}: ${lost} replies to the final dot were lost, ${doubts} were told of`);
    // A reply that came too late for us was no reply: the host counts it as one.
    const late = doubts - lost;
    for (const { address } of envelope.recipients) {
      const told = statuses.get(`${queueId} ${address}`) ?? [];
      const [last, ...before] = told.toReversed();
      if (last === undefined) wrong.push(`${queueId}: nothing was said of ${address}`);
      if (before.some((status) => status !== 'deferred'))
        wrong.push(`${queueId}: ${address} was tried after its end: ${told.join(', ')}`);
      const copies = ofMail.filter(
        ({ kind, recipients }) => kind === 'accepted' && recipients.includes(address),
      ).length;
      const due = last === 'sent' ? 1 : 0;
      if (copies < due || copies > due + late)
        wrong.push(
          `${queueId}: ${address} is ${last}, and hosts have accepted it ${copies} times (${lost} lost, ${late} late)`,
        );
    }
  }
  for (const { sender, recipients, kind } of verdicts) {
    if (sender === '' && recipients.length > 0 && kind === 'accepted')
      wrong.push('an empty message reached somebody');
  }
  return [...wrong, ...wrongOnTheWire(mails, servers)];
}

function wrongOnTheWire(mails: readonly Claim[], servers: Story['servers']): readonly string[] {
  const wrong: string[] = [];
  const whole = new Set(
    mails.map((mail) => Buffer.concat([...(mail.content() as Iterable<Uint8Array>)]).toString('latin1')),
  );
  for (const { level, server } of servers) {
    for (const { commands, contents } of server.seen) {
      for (const content of contents) {
        if (content !== '' && !whole.has(content))
          wrong.push(`a content that is none of ours: ${content.slice(0, 80)}`);
      }
      if (level !== 'encrypt') continue;
      const clear = commands.filter((line) => !/^(?:TLS |EHLO |STARTTLS$|QUIT$)/.test(line));
      if (clear.length > 0) wrong.push(`said in clear where TLS is required: ${clear.join(', ')}`);
    }
  }
  return wrong;
}

/** What was said of each recipient, in time. */
function statusesIn(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const statuses = new Map<string, string[]>();
  for (const line of lines) {
    const [, queueId, address, status] = /^(\w+): to=<([^>]+)>.* status=(\w+) \(/.exec(line) ?? [];
    if (status === undefined) continue;
    const key = `${queueId} ${address}`;
    statuses.set(key, [...(statuses.get(key) ?? []), status]);
  }
  return statuses;
}
