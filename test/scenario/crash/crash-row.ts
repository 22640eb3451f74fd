import { mkdtemp, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { HELD } from '../../../src/queue/forms/keys.ts';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../lab/until.ts';
import { chooseAddresses } from '../../lab/address-space.ts';
import { startMailHost, type MailHost, type Reply } from '../../lab/mail-host.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';
import { startRedisProxy, type RedisProxy } from '../../support/redis-proxy.ts';
import { startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import type { Flow } from './flows.ts';
import { operator, operatorScripts } from './operator.ts';
import { loadScripts, striker, type Boundary } from './strike.ts';

/** A moment at which somebody is killed. */
export type CrashPoint =
  | {
      readonly kind: 'write';
      readonly at: Boundary;
      readonly when: 'before' | 'after';
      /** `relay`: who writes it, which may be a command. */
      readonly victim: 'relay' | 'Redis';
    }
  /** The host has received this much and not answered; `.` is the whole message, and the host takes it. */
  | {
      readonly kind: 'dialogue';
      readonly at: 'EHLO' | 'MAIL FROM' | 'RCPT TO' | 'DATA' | '.';
      /** For the how-manieth time; the first unless given. */
      readonly nth?: number;
      readonly victim: 'relay';
    };

export interface CrashResult {
  /** False when the scenario was over without coming to the point. */
  readonly struck: boolean;
  /** The client got its 250. */
  readonly accepted: boolean;
  /** How often each recipient got the message, or its sender a report, in the end. */
  readonly copies: readonly number[];
  /** The log says that the final dot was sent and no reply seen. */
  readonly ambiguous: boolean;
  /** Recipients that are held in the end. */
  readonly held: number;
  /** Keys of messages or contents that are left when nothing waits any more. */
  readonly leftKeys: readonly string[];
  /** Writes of the whole run. */
  readonly boundaries: readonly Boundary[];
}

const prefix = 'crash';
const LAST_WRITES_MS = 2_000;

/** Plays a flow on a Redis, hosts and a relay of its own, kills at the point, restarts, and waits until nothing waits. */
export async function crashRow(
  flow: Flow,
  point: CrashPoint | undefined,
  ambiguous: 'resend' | 'hold' = 'resend',
): Promise<CrashResult> {
  const dataDir = await mkdtemp(join(tmpdir(), 'dr-crash-'));
  const redis = await startPrivateRedis();
  const eyes = new Redis({ path: redis.socketPath, lazyConnect: true });
  eyes.on('error', () => {});
  const space = await chooseAddresses();
  const hosts: MailHost[] = [];
  const relays: RunningRelay[] = [];
  const hands = operator();
  let proxy: RedisProxy | undefined;
  let struckInDialogue = false;
  let restarting: Promise<void> | undefined;

  function kill(): void {
    if (point?.victim === 'Redis') {
      process.kill(redis.pid, 'SIGKILL');
      restarting = redis.restart();
    } else if (point?.kind === 'write' && operatorScripts.has(point.at.name)) {
      hands.kill();
    } else {
      relays.at(-1)?.signal('SIGKILL');
      restarting = startNext();
    }
  }
  let times = 0;
  function onCommand(name: string): void {
    if (point?.kind !== 'dialogue' || point.at !== name || struckInDialogue) return;
    times += 1;
    if (times < (point.nth ?? 1)) return;
    struckInDialogue = true;
    kill();
  }
  async function startNext(): Promise<void> {
    await relays.at(-1)?.exited;
    relays.push(await startRelay({ dataDir, set: settings() }));
  }
  function settings(): Record<string, string> {
    return {
      'redis.url': `unix://${proxy?.socketPath}`,
      'redis.prefix': prefix,
      'dns.servers': '127.0.0.1:9',
      'dns.dnssec_probe': '',
      'tls.level': 'none',
      'delivery.port': String(space.port),
      'delivery.connection_cache_time_limit': '300ms',
      'queue.ambiguous': ambiguous,
      ...flow.settings,
    };
  }

  try {
    const recipients = Array.from(
      { length: flow.hosts * (flow.recipientsEach ?? 1) },
      (_, index) => `rcpt${index}@[${space.address((index % flow.hosts) + 1)}]`,
    );
    const sender = `sender@[${space.address(1)}]`;
    for (let index = 0; index < flow.hosts; index += 1) {
      const place = { name: `mx${index}.crash.test`, address: space.address(index + 1), port: space.port };
      const replies = watched(flow.replies?.() ?? {}, onCommand);
      hosts.push(await startMailHost(place, { startTls: false, extensions: ['8BITMIME'], replies }));
    }
    await loadScripts(redis.socketPath);
    const blow = striker(point?.kind === 'write' ? { at: point.at, when: point.when, kill } : undefined);
    proxy = await startRedisProxy(redis.socketPath, blow);
    relays.push(await startRelay({ dataDir, set: settings() }));

    blow.arm();
    const queueId = await submitted(relays[0]?.port ?? 0, sender, recipients, flow.bytes);
    const accepted = queueId !== undefined;
    const struck = (): boolean => struckInDialogue || blow.struck;
    if (flow.commands !== undefined) {
      const ids = accepted ? [queueId] : await idsOf(eyes);
      await until(async () => {
        await restarting;
        return (await Promise.all(ids.map((id) => isDeferred(eyes, id)))).every(Boolean);
      }, 'the deferral');
      const { 'redis.url': url = '', 'redis.prefix': name = '' } = settings();
      const place = { data_dir: dataDir, 'redis.url': url, 'redis.prefix': name };
      for (const id of ids)
        await hands.run(
          flow.commands.map((words) => words.map((word) => (word === 'ID' ? id : word))),
          place,
        );
    }
    const done = async (): Promise<boolean> => {
      await restarting;
      return (await entries(eyes)).waiting === 0;
    };
    const log = (): string => relays.flatMap(({ lines }) => lines).join('\n');
    await until(done, `nothing to wait any more, ${JSON.stringify(point)}`).catch((error: unknown) => {
      throw new Error(`${String(error)}; the log:\n${log()}`);
    });
    // The last writes put away what is empty already.
    for (let waited = 0; !struck() && waited < LAST_WRITES_MS; waited += 50) await sleep(50);
    await until(done, 'nothing to wait in the end');

    const messages = hosts.flatMap((host) => host.messages);
    const copiesOf = (recipient: string): number =>
      messages.filter((message) =>
        flow.end !== 'bounced'
          ? message.sender !== '' && message.recipients.includes(recipient)
          : message.sender === '' && message.recipients.includes(sender),
      ).length;
    return {
      struck: struck(),
      accepted,
      copies: recipients.map(copiesOf),
      ambiguous: log().includes('final dot was sent, no reply seen'),
      held: (await entries(eyes)).held,
      leftKeys: [...(await eyes.keys(`{${prefix}}:m:*`)), ...(await eyes.keys(`{${prefix}}:b:*`))],
      boundaries: blow.boundaries,
    };
  } finally {
    eyes.disconnect();
    await restarting?.catch(() => {});
    for (const relay of relays) await relay.kill();
    await proxy?.[Symbol.asyncDispose]();
    await Promise.all(hosts.map((host) => host.stop()));
    await redis[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function idsOf(redis: Redis): Promise<readonly string[]> {
  const keys = await redis.keys(`{${prefix}}:m:*`);
  return keys.map((key) => key.slice(`{${prefix}}:m:`.length));
}

/** It waits for its next attempt, or is gone. */
async function isDeferred(redis: Redis, queueId: string): Promise<boolean> {
  const names = await redis.hkeys(`{${prefix}}:m:${queueId}`);
  const [destination] = names.flatMap((name) => (name.startsWith('s:') ? [name.slice(2)] : []));
  if (names.length === 0) return true;
  if (destination === undefined) return false;
  const score = Number((await redis.zscore(`{${prefix}}:d:${destination}`, queueId)) ?? 0);
  return score > Date.now() && score < HELD;
}

/** How many entries wait, and how many are held: in one command, as mail goes from one state to another meanwhile. */
const countEntries = `
local waiting, held = 0, 0
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
  local count = redis.call('ZCOUNT', key, ${HELD}, ${HELD})
  held = held + count
  waiting = waiting + redis.call('ZCARD', key) - count
end
return {waiting, held}
`;

async function entries(redis: Redis): Promise<{ readonly waiting: number; readonly held: number }> {
  const [waiting = 0, held = 0] = (await redis.eval(countEntries, 0, `{${prefix}}:d:*`)) as number[];
  return { waiting, held };
}

/** The id that came with the 250; undefined whatever else happens. */
async function submitted(
  port: number,
  from: string,
  to: readonly string[],
  bytes: number,
): Promise<string | undefined> {
  const line = `${'x'.repeat(76)}\r\n`;
  const header = `From: <${from}>\r\nDate: Sat, 21 Nov 2026 22:00:00 +0000\r\nMessage-ID: <crash@test>\r\n\r\n`;
  const raw = header + line.repeat(Math.ceil(bytes / line.length));
  return sendMail(port, { from, to, raw }).then(
    (id) => id,
    () => undefined,
  );
}

/** The replies of a host, which tells of each command before it answers. */
function watched(
  replies: Readonly<Record<string, Reply>>,
  tell: (command: string) => void,
): Readonly<Record<string, Reply>> {
  const result: Record<string, Reply> = {};
  const verbs = ['EHLO', 'MAIL FROM', 'RCPT TO', 'DATA', '.'];
  const keys = [...new Set([...verbs, ...Object.keys(replies)])];
  for (const key of keys) {
    const reply = replies[key];
    const verb = verbs.find((known) => key.startsWith(known)) ?? key;
    result[key] = (command, nth) => {
      tell(verb);
      return typeof reply === 'function' ? reply(command, nth) : reply;
    };
  }
  return result;
}
