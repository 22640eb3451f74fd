import type { SettingKey, SettingValue } from './settings.ts';

/** What was configured: sections as in the file, durations in milliseconds, sizes in bytes. */
export type Config = ReturnType<typeof buildConfig>;

/** Puts each setting in its place. `value` gives what is in force for a key. */
export function buildConfig(value: <K extends SettingKey>(key: K) => SettingValue<K>) {
  return {
    hostname: value('hostname'),
    dataDir: value('data_dir'),
    listen: value('listen'),
    networks: value('networks'),
    intake: {
      messageSizeLimitBytes: value('intake.message_size_limit'),
      recipientLimit: value('intake.recipient_limit'),
      clientLimit: value('intake.client_limit'),
      timeoutMs: value('intake.timeout'),
      hopcountLimit: value('intake.hopcount_limit'),
    },
    redis: {
      url: value('redis.url'),
      allowUnsafe: value('redis.allow_unsafe'),
      prefix: value('redis.prefix'),
    },
    dns: {
      servers: value('dns.servers'),
      trustAnchor: value('dns.trust_anchor'),
      forwarders: value('dns.forwarders'),
      trustAd: value('dns.trust_ad'),
      dnssecProbe: value('dns.dnssec_probe'),
      unsignedProbe: value('dns.unsigned_probe'),
      bogusProbe: value('dns.bogus_probe'),
      probeIntervalMs: value('dns.probe_interval'),
      timeoutMs: value('dns.timeout'),
      attempts: value('dns.attempts'),
    },
    tls: {
      level: value('tls.level'),
      policyMaps: value('tls.policy_maps'),
      daneInsecureMxPolicy: value('tls.dane_insecure_mx_policy'),
    },
    delivery: {
      port: value('delivery.port'),
      connectionReuse: value('delivery.connection_reuse'),
      connectTimeoutMs: value('delivery.connect_timeout'),
      heloTimeoutMs: value('delivery.helo_timeout'),
      starttlsTimeoutMs: value('delivery.starttls_timeout'),
      mailTimeoutMs: value('delivery.mail_timeout'),
      rcptTimeoutMs: value('delivery.rcpt_timeout'),
      dataInitTimeoutMs: value('delivery.data_init_timeout'),
      dataXferTimeoutMs: value('delivery.data_xfer_timeout'),
      dataDoneTimeoutMs: value('delivery.data_done_timeout'),
      rsetTimeoutMs: value('delivery.rset_timeout'),
      quitTimeoutMs: value('delivery.quit_timeout'),
      addressPreference: value('delivery.address_preference'),
      inetProtocols: value('delivery.inet_protocols'),
      mxAddressLimit: value('delivery.mx_address_limit'),
      mxSessionLimit: value('delivery.mx_session_limit'),
      connectionCacheTimeLimitMs: value('delivery.connection_cache_time_limit'),
      connectionReuseTimeLimitMs: value('delivery.connection_reuse_time_limit'),
      connectionReuseCountLimit: value('delivery.connection_reuse_count_limit'),
      destinationConcurrencyLimit: value('delivery.destination_concurrency_limit'),
      destinationRecipientLimit: value('delivery.destination_recipient_limit'),
      heloName: value('delivery.helo_name'),
      activeDestinations: value('delivery.active_destinations'),
    },
    queue: {
      minimalBackoffMs: value('queue.minimal_backoff'),
      maximalBackoffMs: value('queue.maximal_backoff'),
      lifetimeMs: value('queue.lifetime'),
      bounceSizeLimitBytes: value('queue.bounce_size_limit'),
    },
    log: {
      format: value('log.format'),
      syslogName: value('log.syslog_name'),
      file: value('log.file'),
    },
    status: {
      listen: value('status.listen'),
    },
  } as const;
}
