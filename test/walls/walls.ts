/**
 * The walls of the house: which room of `src` may import which, and which library belongs where.
 *
 * This is the one place where that is said. `walls.test.ts` holds every import against it, and the drawing in
 * docs/architecture.md too. A folder or a library that is not named here is a breach as well.
 */
export interface Walls {
  /**
   * Room, a folder below `src` (`main` is main.ts), to the rooms it may import. `core` stands for all that is in it too,
   * unless it is closed; `core/*` for its inner rooms.
   */
  readonly rooms: Readonly<Record<string, readonly string[]>>;
  /** Rooms whose inner rooms are their own affair: others may import what lies in the room itself, its doors. */
  readonly closed: readonly string[];
  /** npm package to the rooms that may import it: one, unless two do different things with it. */
  readonly libraries: Readonly<Record<string, string | readonly string[]>>;
  /** Modules of Node that only these rooms may import. Those that are not named are free, except for pure rooms. */
  readonly builtins: Readonly<Record<string, readonly string[]>>;
  /** Rooms without I/O, clock and dice, and all the names of Node that they may use. */
  readonly pure: {
    readonly rooms: readonly string[];
    readonly builtins: Readonly<Record<string, readonly string[]>>;
  };
}

export const walls: Walls = {
  rooms: {
    main: ['cli', 'cli/sendmail', 'config', 'core', 'daemon', 'maildrop', 'maillog', 'status'],
    daemon: [
      'bounce',
      'children',
      'config',
      'core',
      'delivery',
      'dkim',
      'http',
      'intake',
      'intake/server',
      'maildrop',
      'maillog',
      'queue',
      'resolver',
      'session',
      'status',
      'tls',
      'users',
      'webhooks',
    ],
    cli: ['certificates', 'children', 'config', 'core', 'dkim', 'maildrop', 'queue', 'status', 'users'],
    'cli/sendmail': ['cli', 'config', 'core', 'intake', 'intake/server', 'maildrop'],
    bounce: ['core'],
    certificates: ['core'],
    children: ['core'],
    config: ['core'],
    delivery: ['core'],
    dkim: ['config', 'core'],
    'intake/server': ['core', 'intake', 'intake/commands', 'intake/connection', 'tls'],
    'intake/commands': ['core', 'intake', 'intake/connection'],
    http: ['core'],
    intake: ['core', 'intake/connection', 'tls'],
    'intake/connection': [],
    maildrop: ['core'],
    maillog: ['core'],
    queue: ['core', 'queue/*'],
    'queue/serve': [
      'core',
      'queue/alarms',
      'queue/lease',
      'queue/log',
      'queue/redis',
      'queue/store',
      'queue/upkeep',
    ],
    'queue/upkeep': [
      'core',
      'queue/alarms',
      'queue/forms',
      'queue/intake',
      'queue/lease',
      'queue/log',
      'queue/scripts',
      'queue/store',
    ],
    'queue/lease': [
      'core',
      'queue/alarms',
      'queue/forms',
      'queue/log',
      'queue/redis',
      'queue/scripts',
      'queue/store',
    ],
    'queue/operator': ['core', 'queue/alarms', 'queue/forms', 'queue/log', 'queue/scripts', 'queue/store'],
    'queue/dump': ['queue/forms', 'queue/intake', 'queue/redis', 'queue/store'],
    'queue/intake': [
      'core',
      'queue/alarms',
      'queue/forms',
      'queue/log',
      'queue/redis',
      'queue/scripts',
      'queue/store',
    ],
    'queue/watch': ['core', 'queue/log', 'queue/redis', 'queue/scripts', 'queue/store'],
    'queue/alarms': ['core', 'queue/forms', 'queue/log', 'queue/redis', 'queue/scripts'],
    'queue/log': ['core', 'queue/redis'],
    'queue/store': ['core', 'queue/redis', 'queue/scripts'],
    'queue/scripts': ['core', 'queue/forms'],
    'queue/redis': [],
    'queue/forms': ['core'],
    resolver: ['core'],
    session: ['core', 'tls'],
    status: ['core'],
    tls: ['core'],
    webhooks: ['core'],
    users: ['core'],
    core: [],
    'core/delivery': ['core/levels', 'core/log', 'core/mail', 'core/site', 'core/smtp'],
    'core/log': ['core/levels', 'core/mail', 'core/report', 'core/site', 'core/smtp'],
    'core/report': ['core/levels', 'core/mail'],
    'core/outcome': ['core/mail'],
    'core/rewrite': ['core/mail', 'core/route'],
    'core/sendmail': ['core/mail'],
    'core/site': ['core/mail'],
    'core/dkim': ['core/mail', 'core/route'],
    'core/http': ['core/mail'],
    'core/intake': ['core/dns', 'core/mail'],
    'core/tls-policy': [
      'core/dane',
      'core/dns',
      'core/levels',
      'core/mail',
      'core/route',
      'core/sasl',
      'core/smtp',
    ],
    'core/smtp': ['core/dane', 'core/dns', 'core/mail', 'core/mime'],
    'core/sasl': ['core/mail', 'core/route', 'core/smtp'],
    'core/sasl-server': ['core/users'],
    'core/users': ['core/route', 'core/mail'],
    'core/route': ['core/dns', 'core/mail'],
    'core/mail': ['core/dane', 'core/dns', 'core/levels'],
    'core/dane': ['core/dns'],
    'core/mime': [],
    'core/dns': [],
    'core/levels': [],
  },
  closed: ['intake', 'queue'],
  libraries: {
    '@mongodb-js/saslprep': 'users',
    '@streamparser/json': 'http',
    asn1js: 'certificates',
    bcryptjs: 'users',
    bullmq: 'queue/alarms',
    commander: 'cli',
    'dns-packet': 'resolver',
    ioredis: 'queue',
    nodemailer: ['bounce', 'http'],
    pino: 'maillog',
    pkijs: 'certificates',
    'prom-client': 'status',
    'smol-toml': 'config',
    'smtp-server': 'intake/connection',
    unixcrypt: 'users',
  },
  builtins: {
    'node:child_process': ['children'],
    'node:dgram': ['children', 'resolver'],
    'node:http': ['http', 'status', 'webhooks'],
    'node:https': ['webhooks'],
    'node:tls': ['session', 'tls'],
    'node:worker_threads': ['users'],
  },
  pure: {
    rooms: ['core'],
    builtins: {
      'node:crypto': [
        'createHash',
        'createHmac',
        'createPublicKey',
        'pbkdf2',
        'timingSafeEqual',
        'X509Certificate',
        'verify',
      ],
      'node:net': ['isIP', 'isIPv4', 'isIPv6'],
      'node:url': ['domainToASCII', 'domainToUnicode'],
    },
  },
};
