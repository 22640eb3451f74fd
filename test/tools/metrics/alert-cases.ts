/** Series in the notation of `promtool test rules`; a sample each minute. */
export interface AlertCase {
  readonly series: Readonly<Record<string, string>>;
  /** Minutes after the first sample. */
  readonly at: number;
}

const relay = 'instance="relay", job="dane-relay"';
const of = (name: string, labels = ''): string => `${name}{${labels === '' ? relay : `${relay}, ${labels}`}}`;

/** So many minutes of a metric: a constant, or one that grows by so much each minute. */
const always = (value: number | string, minutes = 120): string => `${value}x${minutes}`;
const growing = (step: number, minutes = 120): string => `0+${step}x${minutes}`;

const queue = (state: string, level: string): string =>
  of('dane_relay_queue_deliveries', `state="${state}", level="${level}"`);
const oldest = (state: string): string => of('dane_relay_queue_oldest_seconds', `state="${state}"`);
const delivered = (status: string): string => of('dane_relay_deliveries_total', `status="${status}"`);
const bytes = (what: string): string => of('dane_relay_queue_bytes', `of="${what}"`);
const lookups = (result: string): string => of('dane_relay_lookups_total', `type="MX", result="${result}"`);
const verdicts = (verdict: string): string => of('dane_relay_dane_verdicts_total', `verdict="${verdict}"`);
const findings = (kind: string): string => of('dane_relay_destination_findings', `finding="${kind}"`);
const event = (name: string): string => of('dane_relay_events_total', `event="${name}"`);

/** All observations of a histogram are in one bucket. */
function slow(name: string, le: string, step = 10): Record<string, string> {
  return {
    [of(`${name}_bucket`, 'le="0.005"')]: always(0),
    [of(`${name}_bucket`, `le="${le}"`)]: growing(step),
    [of(`${name}_bucket`, 'le="+Inf"')]: growing(step),
  };
}

/** For each rule: series at which it fires, and such at which it must not. */
export const alertCases: Readonly<Record<string, { readonly fires: AlertCase; readonly quiet: AlertCase }>> =
  {
    DaneRelayDown: {
      fires: { series: { [of('up')]: '1x5 0x10' }, at: 12 },
      // One scrape that was missed is none.
      quiet: { series: { [of('up')]: '1x5 0 1x10' }, at: 6 },
    },
    DaneRelayRestarts: {
      fires: { series: { [of('process_start_time_seconds')]: '100x3 200x3 300x3 400x10' }, at: 15 },
      quiet: { series: { [of('process_start_time_seconds')]: '100x10 200x20' }, at: 20 },
    },
    DaneRelayChildRestarts: {
      fires: { series: { [event('child')]: growing(2) }, at: 30 },
      quiet: { series: { [event('child')]: '0x10 4x30' }, at: 20 },
    },
    DaneRelayMailAway: {
      fires: { series: { [of('dane_relay_away_messages')]: always(3) }, at: 20 },
      // A drain at work.
      quiet: { series: { [of('dane_relay_away_messages')]: '64x10 0x50' }, at: 20 },
    },
    DaneRelayTrouble: {
      fires: { series: { [of('dane_relay_trouble', 'part="queue"')]: always(1) }, at: 10 },
      quiet: { series: { [of('dane_relay_trouble', 'part="start"')]: always(1) }, at: 10 },
    },
    DaneRelayResolverNotValidating: {
      fires: { series: { [of('dane_relay_resolver_validating')]: '1x5 0x10' }, at: 12 },
      quiet: { series: { [of('dane_relay_resolver_validating')]: '1x5 0 1x10' }, at: 8 },
    },
    DaneRelayResolverSlow: {
      fires: { series: slow('dane_relay_route_seconds', '10'), at: 40 },
      quiet: { series: slow('dane_relay_route_seconds', '0.1'), at: 40 },
    },
    DaneRelayLookupsFail: {
      fires: { series: { [lookups('signed')]: growing(20), [lookups('timeout')]: growing(10) }, at: 40 },
      // Of three lookups one may fail.
      quiet: { series: { [lookups('signed')]: '0x10 2x60', [lookups('timeout')]: '0x10 1x60' }, at: 20 },
    },
    DaneRelayMailOld: {
      fires: { series: { [oldest('deferred')]: always(20_000) }, at: 15 },
      quiet: { series: { [oldest('deferred')]: always(10_000), [oldest('held')]: always(900_000) }, at: 15 },
    },
    DaneRelayMailNotTried: {
      fires: { series: { [oldest('due')]: always(4_000), [delivered('sent')]: always(7) }, at: 40 },
      // A long queue on its way out.
      quiet: { series: { [oldest('due')]: always(4_000), [delivered('sent')]: growing(50) }, at: 40 },
    },
    DaneRelayMailHeld: {
      fires: { series: { [queue('held', 'dane')]: always(1) }, at: 70 },
      quiet: { series: { [queue('held', 'dane')]: '1x20 0x100' }, at: 70 },
    },
    DaneRelayQueueWalkStale: {
      fires: { series: { [of('dane_relay_queue_walk_timestamp_seconds')]: always(60) }, at: 30 },
      quiet: { series: { [of('dane_relay_queue_walk_timestamp_seconds')]: '0+60x60' }, at: 30 },
    },
    DaneRelayQueueGrows: {
      fires: { series: { [queue('deferred', 'may')]: growing(10, 200) }, at: 110 },
      quiet: { series: { [queue('deferred', 'may')]: always(5_000, 200) }, at: 110 },
    },
    DaneRelayDaneFailures: {
      fires: {
        series: { [verdicts('no matching record')]: growing(1), [verdicts('matched DANE-EE')]: growing(5) },
        at: 80,
      },
      // One host of very many.
      quiet: {
        series: { [verdicts('expired')]: growing(1), [verdicts('matched DANE-EE')]: growing(500) },
        at: 80,
      },
    },
    DaneRelaySecurityDeferred: {
      fires: {
        series: {
          [of('dane_relay_outcomes_total', 'status="deferred", level="dane", tls="broken", code="4.7"')]:
            growing(3),
        },
        at: 80,
      },
      quiet: {
        series: {
          [of('dane_relay_outcomes_total', 'status="deferred", level="dane", tls="Verified", code="4.2"')]:
            growing(30),
        },
        at: 80,
      },
    },
    DaneRelayBounces: {
      fires: { series: { [delivered('bounced')]: growing(2), [delivered('sent')]: growing(2) }, at: 80 },
      quiet: { series: { [delivered('bounced')]: growing(2), [delivered('sent')]: growing(200) }, at: 80 },
    },
    DaneRelayRefusesMail: {
      fires: { series: { [of('dane_relay_redis_up')]: '1x5 0x10' }, at: 10 },
      quiet: { series: { [of('dane_relay_redis_up')]: '1x5 0 1x10' }, at: 7 },
    },
    DaneRelayRejections: {
      fires: { series: { [of('dane_relay_rejections_total', 'code="4.3"')]: growing(10) }, at: 30 },
      quiet: { series: { [of('dane_relay_rejections_total', 'code="5.7"')]: growing(100) }, at: 30 },
    },
    DaneRelayRedisFull: {
      fires: {
        series: { [bytes('memory_used')]: always(8e8), [bytes('memory_limit')]: always(1e9) },
        at: 10,
      },
      quiet: {
        series: { [bytes('memory_used')]: always(6e8), [bytes('memory_limit')]: always(1e9) },
        at: 10,
      },
    },
    DaneRelayDestinationHealth: {
      fires: { series: { [findings('expires')]: always(1), [findings('mismatch')]: always(0) }, at: 20 },
      // What is only advice, and what was over by the next check.
      quiet: { series: { [findings('no next record')]: always(40), [findings('TLS')]: '1x5 0x60' }, at: 20 },
    },
    DaneRelayDiskFull: {
      fires: { series: { [bytes('disk_free')]: always(2e9), [bytes('memory_used')]: always(1e9) }, at: 10 },
      quiet: { series: { [bytes('disk_free')]: always(4e9), [bytes('memory_used')]: always(1e9) }, at: 10 },
    },
    DaneRelayRedisWriteFails: {
      fires: { series: { [of('dane_relay_redis_aof_failed', 'what="write"')]: always(1) }, at: 5 },
      quiet: { series: { [of('dane_relay_redis_aof_failed', 'what="write"')]: always(0) }, at: 5 },
    },
    DaneRelayRedisSlow: {
      fires: { series: slow('dane_relay_redis_look_seconds', '2.5', 60), at: 30 },
      quiet: { series: slow('dane_relay_redis_look_seconds', '0.01', 60), at: 30 },
    },
    DaneRelayRedisReconnects: {
      fires: { series: { [of('dane_relay_redis_reconnects_total')]: growing(1) }, at: 30 },
      quiet: { series: { [of('dane_relay_redis_reconnects_total')]: '1x10 2x60' }, at: 30 },
    },
    DaneRelayAcceptSlow: {
      fires: { series: slow('dane_relay_accept_seconds', '5'), at: 30 },
      quiet: { series: slow('dane_relay_accept_seconds', '0.01'), at: 30 },
    },
    DaneRelayCertificateEnds: {
      fires: {
        series: {
          [of('dane_relay_listener_certificate_end_seconds', 'listener="mx", certificate="/a.pem"')]:
            always(86_400),
        },
        at: 70,
      },
      quiet: {
        series: {
          [of('dane_relay_listener_certificate_end_seconds', 'listener="mx", certificate="/a.pem"')]: always(
            30 * 86_400,
          ),
        },
        at: 70,
      },
    },
    DaneRelayExceptionEnds: {
      fires: { series: { [of('dane_relay_exception_end_timestamp_seconds')]: always(50_000) }, at: 70 },
      quiet: { series: { [of('dane_relay_exception_end_timestamp_seconds')]: always(500_000) }, at: 70 },
    },
    DaneRelayLoginGuessing: {
      fires: {
        series: {
          [of('dane_relay_login_failures_total', 'mechanism="LOGIN", result="refused"')]: growing(10),
        },
        at: 30,
      },
      quiet: {
        series: {
          [of('dane_relay_login_failures_total', 'mechanism="LOGIN", result="refused"')]: growing(1),
        },
        at: 30,
      },
    },
    DaneRelayLoginImpossible: {
      fires: {
        series: {
          [of('dane_relay_login_failures_total', 'mechanism="PLAIN", result="impossible"')]: '0x5 1x60',
        },
        at: 10,
      },
      quiet: {
        series: {
          [of('dane_relay_login_failures_total', 'mechanism="PLAIN", result="refused"')]: '0x5 1x60',
        },
        at: 10,
      },
    },
    DaneRelayWebhookEventsLost: {
      fires: { series: { [of('dane_relay_webhook_events_dropped_total')]: '0x5 12x60' }, at: 10 },
      quiet: { series: { [of('dane_relay_webhook_events_dropped_total')]: always(12) }, at: 10 },
    },
    DaneRelayEventLoopHeld: {
      fires: {
        series: { [of('dane_relay_event_loop_longest_work_seconds', 'over="minute"')]: always(1) },
        at: 10,
      },
      quiet: {
        series: { [of('dane_relay_event_loop_longest_work_seconds', 'over="life"')]: always(9) },
        at: 10,
      },
    },
    DaneRelayMemoryGrows: {
      fires: {
        series: {
          [of('dane_relay_memory_bytes', 'of="heap_used"')]: always(1.7e9),
          [of('dane_relay_memory_bytes', 'of="heap_limit"')]: always(2e9),
        },
        at: 15,
      },
      quiet: {
        series: {
          [of('dane_relay_memory_bytes', 'of="heap_used"')]: always(1e9),
          [of('dane_relay_memory_bytes', 'of="heap_limit"')]: always(2e9),
        },
        at: 15,
      },
    },
    DaneRelayFilesShort: {
      fires: {
        series: { [of('process_open_fds')]: always(900), [of('process_max_fds')]: always(1024) },
        at: 10,
      },
      quiet: {
        series: { [of('process_open_fds')]: always(90), [of('process_max_fds')]: always(1024) },
        at: 10,
      },
    },
    DaneRelayBug: {
      fires: { series: { [event('bug')]: '0x5 1x60' }, at: 10 },
      quiet: { series: { [event('bug')]: always(1), [event('removed')]: growing(100) }, at: 10 },
    },
    DaneRelayLogLost: {
      fires: {
        series: {
          [of('dane_relay_log_lines_dropped_total')]: '0x5 1x60',
          [of('dane_relay_log_write_failures_total')]: always(0),
        },
        at: 10,
      },
      quiet: {
        series: {
          [of('dane_relay_log_lines_dropped_total')]: always(5),
          [of('dane_relay_log_write_failures_total')]: always(5),
        },
        at: 10,
      },
    },
  };
