import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { textOf } from '../../../src/queue/scripts/script.ts';
import { scripts } from '../../../src/queue/scripts/scripts.ts';

const require = createRequire(import.meta.url);

/** Text of every script the relay may run in Redis: our own, and those of BullMQ, whose names get a `bull:` in front. */
export function allScripts(): ReadonlyMap<string, string> {
  const texts = new Map(Object.entries(scripts).map(([name, script]) => [name, textOf(script)]));
  const directory = join(dirname(require.resolve('bullmq')), 'scripts');
  for (const file of readdirSync(directory)) {
    if (!file.endsWith('.js') || file === 'index.js') continue;
    for (const found of Object.values(require(join(directory, file)) as object)) {
      const { name, content } = found as { name?: string; content?: string };
      if (name !== undefined && content !== undefined) texts.set(`bull:${name}`, content);
    }
  }
  return texts;
}

export function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

/** Scripts at which no flow of the matrix is cut off, and what is tested of them instead. */
export const scriptsElsewhere: Readonly<Record<string, string>> = {
  admit: 'without it the message falls due a little later by itself: replicas.test.ts',
  adopt: 'an import is repeated until it is whole: queue-commands.test.ts',
  askArrival: 'only looks',
  audit: 'by the clock; what it changes is found again by the next one: orphans.test.ts',
  bringForward: 'what it left is tried at its own time: records-watched.test.ts',
  comeBack: 'a target that is full or has the id: drain.test.ts',
  discard: 'content that belongs to no message: unfinished.test.ts',
  dropPolicy: 'one step of an operator: sts-policies.test.ts',
  droppedEvents: 'a count for the log: webhooks.test.ts',
  except: 'one command of one key: except.test.ts',
  failPolicy: 'a policy that is taken is due again by itself: sts-policies.test.ts',
  fence: 'accepts in doubt: ambiguous-accept.test.ts',
  findKept: 'only looks',
  forgetDestination: 'for what is checked by the clock: destination-health.test.ts',
  forgetKept: 'by the clock; it may forget later',
  forgetReceipts: 'by the clock; it may forget later',
  hastenReport: 'one command of one key: tls-reports.test.ts',
  keep: 'by the clock: unfinished.test.ts',
  makeDue: 'what waits for a destination: site.test.ts, cluster.test.ts',
  mend: 'what it mends is found again by the next one: orphans.test.ts',
  move: 'killed at each of its steps: killed-while-moving.test.ts',
  note: 'for the log alone, after `unhold`: held.test.ts',
  noteMailed: 'noted again by the next session: destination-health.test.ts',
  page: 'only looks',
  planPolicy: 'one command of one key: sts-policies.test.ts',
  putChecked: 'the next check finds it again: destination-health.test.ts',
  putPolicy: 'a policy that is not stored is fetched again: sts-policies.test.ts',
  regain: 'answers that were lost: fence.test.ts',
  release: 'claims that a relay gives back when it stops: stopping.test.ts',
  rememberArrived: 'messages that came over HTTP: drain.test.ts',
  renew: 'by the clock: fence.test.ts',
  rewake: 'by the sweeper: alarms.test.ts',
  settleEvent: 'webhooks: webhooks.test.ts',
  settleReport: 'reports about TLS: tls-reports.test.ts',
  slept: 'after the last write for a message: alarms.test.ts',
  suspend: 'site.test.ts, suspension.test.ts',
  takeDestination: 'by the clock; it is due again: destination-health.test.ts',
  takeEvents: 'webhooks: webhooks.test.ts',
  takePolicies: 'what is taken is due again by itself: sts-policies.test.ts',
  takeReport: 'reports about TLS: tls-reports.test.ts',
  takeWatches: 'by the clock; they are due again: records-watched.test.ts',
  unexcept: 'one command of one key: except.test.ts',
  unfinished: 'only looks',
  unhold: 'recipients in doubt: held.test.ts',
  usePolicy: 'a mark of the hour: sts-policies.test.ts',
  wait: 'what waits for a destination: site.test.ts, cluster.test.ts',
  warn: 'a mark for the delay report: reports.test.ts',
  watchRecords: 'the next attempt that fails stores it again: records-watched.test.ts',
  withdraw: 'accepts in doubt: ambiguous-accept.test.ts',
};
