import { type MetricSet, setTo } from './metric-set.ts';
import { windowEnds } from './metric-table.ts';
import type { MetricsSources, StoreFill } from './metrics-sources.ts';

/** The metrics that are asked for whenever somebody looks. */
export function relayGauges(set: MetricSet, sources: MetricsSources): () => Promise<void> {
  const troubles = set.gauge('dane_relay_trouble');
  const suspensions = set.gauge('dane_relay_suspended_destinations');
  const destinations = set.gauge('dane_relay_destinations');
  const bytes = set.gauge('dane_relay_queue_bytes');
  const unfinished = set.gauge('dane_relay_unfinished_messages');
  const away = set.gauge('dane_relay_away_messages');
  const openBytes = set.gauge('dane_relay_open_bytes');
  const addresses = set.gauge('dane_relay_full_addresses');
  const lookups = set.gauge('dane_relay_waiting_lookups');
  const ends = set.gauge('dane_relay_listener_certificate_end_seconds');
  const exceptions = set.gauge('dane_relay_exceptions');
  const standings = set.gauge('dane_relay_checked_destinations');
  const findings = set.gauge('dane_relay_destination_findings');
  const exceptionEnd = set.gauge('dane_relay_exception_end_timestamp_seconds');
  set.gauge('dane_relay_build_info').set({ ...sources.build }, 1);
  const measureRedis = redisGauges(set, sources);
  const measureResolver = resolverGauges(set, sources);

  function measureStore(): void {
    bytes.reset();
    const found = sources.fill();
    if (found === undefined) return;
    bytes.set({ of: 'memory_used' }, found.usedBytes);
    bytes.set({ of: 'memory_limit' }, found.limitBytes);
    if (found.awayMessages !== undefined) away.set(found.awayMessages);
    if (found.freeDiskBytes !== undefined) bytes.set({ of: 'disk_free' }, found.freeDiskBytes);
    if (found.unfinished === undefined) return;
    bytes.set({ of: 'unfinished' }, found.unfinished.bytes);
    unfinished.set(found.unfinished.messages);
  }

  function countWindows(): void {
    for (const end of [...windowEnds, 'more']) destinations.set({ window: String(end) }, 0);
    for (const window of sources.windows()) {
      destinations.inc({ window: String(windowEnds.find((end) => window <= end) ?? 'more') });
    }
  }

  function measureExceptions(): void {
    const all = sources.exceptions();
    exceptions.set(all.length);
    exceptionEnd.remove();
    if (all.length > 0) exceptionEnd.set(Math.min(...all.map(({ until }) => until)) / 1000);
  }

  function measureHealth(): void {
    const health = sources.health();
    standings.reset();
    findings.reset();
    if (health === undefined) return;
    for (const [standing, count] of Object.entries(health.standings)) standings.set({ standing }, count);
    for (const [finding, count] of Object.entries(health.kinds)) findings.set({ finding }, count);
  }

  return async () => {
    troubles.reset();
    for (const part of sources.problems().keys()) troubles.set({ part }, 1);
    ends.reset();
    for (const { listener, file, notAfter } of sources.certificates()) {
      ends.set({ listener, certificate: file }, notAfter / 1000);
    }
    for (const [of, use] of sources.memory()) {
      openBytes.set({ of, is: 'used' }, use.usedBytes());
      openBytes.set({ of, is: 'limit' }, use.limitBytes);
    }
    addresses.set(sources.fullAddresses());
    lookups.set(sources.waitingLookups());
    countWindows();
    measureExceptions();
    measureHealth();
    measureStore();
    measureRedis();
    measureResolver();
    suspensions.set(await sources.suspended().catch(() => Number.NaN));
  };
}

function redisGauges(set: MetricSet, { fill, redis }: MetricsSources): () => void {
  const up = set.gauge('dane_relay_redis_up');
  const reconnects = set.counter('dane_relay_redis_reconnects_total');
  const replicas = set.gauge('dane_relay_redis_replicas');
  const aofBytes = set.gauge('dane_relay_redis_aof_bytes');
  const failed = set.gauge('dane_relay_redis_aof_failed');
  return () => {
    const state = redis();
    if (state === undefined) return;
    up.set(state.up ? 1 : 0);
    setTo(reconnects, state.reconnects);
    const found: Partial<StoreFill> = fill() ?? {};
    replicas.set(found.replicas ?? 0);
    if (found.aofBytes !== undefined) aofBytes.set(found.aofBytes);
    failed.set({ what: 'write' }, found.writeFailed === true ? 1 : 0);
    failed.set({ what: 'rewrite' }, found.rewriteFailed === true ? 1 : 0);
  };
}

function resolverGauges(set: MetricSet, { resolver }: MetricsSources): () => void {
  const validating = set.gauge('dane_relay_resolver_validating');
  const answering = set.gauge('dane_relay_resolver_answering');
  const validated = set.gauge('dane_relay_resolver_last_validated_timestamp_seconds');
  return () => {
    const state = resolver();
    if (state === undefined) return;
    validating.set(state.validating ? 1 : 0);
    answering.set(state.answering ? 1 : 0);
    if (state.validatedAt !== undefined) validated.set(state.validatedAt / 1000);
  };
}
