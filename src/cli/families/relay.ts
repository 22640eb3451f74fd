import { settings, type CommandRow } from './command-row.ts';

export const relayCommands = {
  run: {
    summary: 'accept and deliver mail until stopped',
    text: [
      `The relay accepts mail and delivers it until SIGTERM or SIGINT. Then it finishes what it is doing and stops. A second \
signal stops it at once, and no mail is lost by that. SIGHUP makes it open the log file anew and read the policy files again.`,
      'Several processes with the same redis.url and redis.prefix work on one queue.',
    ],
    options: [...settings, 'role'],
    example: 'dane-relay run --config relay.toml --set queue.lifetime=3d',
  },
  'check-config': {
    summary: 'check the settings and show those that differ from their defaults',
    text: [
      `The settings are checked as "run" checks them, together with the files and places that they name. Settings that differ \
from their defaults are shown, with the place that they come from. Passwords are not shown. Nothing \
but this machine is asked, neither Redis nor a resolver.`,
      `The exit status is 78 if a setting is wrong, or an entry of a file. "run" starts with a wrong entry of a file, and the \
mail for it waits.`,
    ],
    options: settings,
    example: 'dane-relay check-config --config relay.toml',
  },
  health: {
    summary: 'tell whether a running relay can do its work',
    text: [
      `The relay that runs with these settings is asked whether it can accept and deliver mail. The exit status is 0 if it \
can, and 75 if it cannot or if no relay answers. Processes of a single role that share its data_dir are asked, too: what is \
wrong with one of them, or that one was killed or hangs, is told.`,
      `With --ready only what keeps mail from being taken now counts, and with --alive nothing but that the relay answers. \
They are for whatever sends clients elsewhere, or starts a relay again: that mends neither a Redis nor a resolver that is away.`,
    ],
    options: [...settings, 'json', 'ready', 'alive'],
    example: 'dane-relay health --json',
  },
} as const satisfies Readonly<Record<string, CommandRow>>;
