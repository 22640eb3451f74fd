import type { OptionRow } from './row.ts';

/** Options that most commands take. */
export const commonOptions = {
  config: {
    short: 'c',
    value: 'FILE',
    text: `Reads the settings from FILE. Without it they come from the file that DANE_RELAY_CONFIG names, else from \
~/.config/dane-relay/relay.toml (not for root), else from /etc/dane-relay/relay.toml.`,
  },
  set: {
    value: 'KEY=VALUE',
    repeats: true,
    text: 'Overrides one setting. It may be given several times.',
  },
  port: {
    value: 'PORT',
    text: 'The port of the hosts, where none is named. Without it delivery.port.',
  },
  json: { text: 'Prints JSON, one object per line.' },
} as const satisfies Readonly<Record<string, OptionRow>>;
