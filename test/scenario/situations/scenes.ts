import { connect } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from '../../lab/until.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';
import { startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import type { Situation } from './situations.ts';
import type { TroubleLab } from './world.ts';

/** A relay in a situation. */
export interface Stage {
  readonly relay: RunningRelay;
  /** The settings that a command needs to find it. */
  readonly settings: Readonly<Record<string, string>>;
  /** Of the mail, and of the report about it. */
  readonly ids: readonly string[];
  readonly resolvers: readonly string[];
}

/** The relay of all destinations in trouble. */
export async function startShared(world: TroubleLab): Promise<RunningRelay> {
  return startRelay({ set: world.settings, policies: world.policies });
}

/** Brings the situation about; what has to be stopped is given to `keep`. */
export async function stage(
  { scene }: Situation,
  world: TroubleLab,
  shared: RunningRelay,
  keep: <T extends AsyncDisposable>(thing: T) => T,
): Promise<Stage> {
  const { lab, settings } = world;
  const onStage = (relay: RunningRelay, more: Partial<Stage> = {}): Stage => ({
    relay,
    settings: { data_dir: relay.dataDir, ...settings, ...more.settings },
    ids: more.ids ?? [],
    resolvers: [lab.dnsServer, ...(more.resolvers ?? [])],
  });
  const start = async (set: Readonly<Record<string, string>> = {}): Promise<RunningRelay> =>
    keep(await startRelay({ set: { ...settings, ...set } }));

  switch (scene.kind) {
    case 'destination': {
      const ids: string[] = [];
      for (let nth = 0; nth < (scene.mails ?? 1); nth += 1) {
        const id = await sendMail(shared.port, { to: `user@${scene.domain}` });
        ids.push(id);
        const line = await shared.line(new RegExp(`${id}: to=.*status=`));
        // The report is named before.
        if (line.includes('status=bounced')) await shared.line(new RegExp(`${id}: removed`));
      }
      const [id = ''] = ids;
      const [report] = shared.matching(new RegExp(`${id}: sender non-delivery notification`));
      return onStage(shared, { ids: report === undefined ? ids : [...ids, report.split(' ').at(-1) ?? ''] });
    }
    case 'stranger at the door': {
      const relay = await start({ networks: '192.0.2.0/24' });
      await sendMail(relay.port, { to: 'user@good.test' }).catch(() => {});
      await relay.line(/NOQUEUE/);
      return onStage(relay);
    }
    case 'client with many connections': {
      const relay = await start({
        'intake.client_connection_count_limit': '1',
        'intake.client_event_limit_exceptions': '',
      });
      const first = connect(relay.port, '127.0.0.1');
      keep({ [Symbol.asyncDispose]: async () => void first.destroy() });
      await once(first, 'data');
      await sendMail(relay.port, { to: 'user@good.test' }).catch(() => {});
      await relay.line(/too many connections/);
      return onStage(relay);
    }
    case 'resolver without validation': {
      const resolver = await lab.startResolver({ validating: false });
      const own = { 'dns.servers': resolver.server };
      const relay = await start(own);
      const id = await sendMail(relay.port, { to: 'user@new-key.test' });
      await relay.line(new RegExp(`${id}.*DNSSEC|DNSSEC validation is unavailable`));
      await unwell(relay);
      return onStage(relay, { settings: own, ids: [id], resolvers: [resolver.server] });
    }
    case 'resolver gone': {
      const resolver = await lab.startResolver({ validating: true });
      const own = { 'dns.servers': resolver.server, 'dns.probe_interval': '1s', 'dns.timeout': '500ms' };
      const relay = await start(own);
      await resolver.stop();
      await unwell(relay);
      return onStage(relay, { settings: own, resolvers: [resolver.server] });
    }
    case 'redis full': {
      const redis = keep(await startPrivateRedis({ maxmemory: '64mb' }));
      const own = { 'redis.url': `unix://${redis.socketPath}` };
      const relay = await start(own);
      await redis.command(`EVAL "for i=1,60 do redis.call('SET','fill'..i,string.rep('x',1000000)) end" 0`);
      await relay.line(/of memory are in use/);
      await unwell(relay);
      return onStage(relay, { settings: own });
    }
    case 'redis gone': {
      const redis = keep(await startPrivateRedis());
      const own = { 'redis.url': `unix://${redis.socketPath}` };
      const relay = await start(own);
      await redis.kill();
      await relay.line(/Redis is not reachable/);
      await unwell(relay);
      return onStage(relay, { settings: own });
    }
  }
}

async function unwell(relay: RunningRelay): Promise<void> {
  await until(async () => (await relay.health()).status !== 200, 'health to tell of it');
}

/** What the page calls the files of the test. */
export function placesOf({ relay, settings }: Stage, world: TroubleLab): Readonly<Record<string, string>> {
  const redis = (settings['redis.url'] ?? '').replace('unix://', '');
  return {
    [join(relay.dataDir, 'tls_policy')]: '/etc/dane-relay/tls_policy',
    [relay.dataDir]: '/var/lib/dane-relay',
    [world.directory]: '/etc/dane-relay',
    ...(redis !== '' && { [redis]: '/run/redis/redis.sock' }),
  };
}
