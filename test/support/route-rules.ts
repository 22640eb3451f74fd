import type { RouteRules } from '../../src/delivery/find-route.ts';
import { usualSettings } from './tls-settings.ts';

/** Those of a relay with its default settings. */
export const usualRules: RouteRules = {
  version: () => 1,
  policy: () => ({ kind: 'level', level: 'dane' }),
  tls: () => usualSettings,
  insecureMxPolicy: 'dane',
  port: 25,
  wrapper: false,
  fallbackRelay: '',
  namedIn: () => undefined,
  families: [4, 6],
  order: { prefer: 'any', limit: 5, balance: true },
  own: () => ({
    name: 'relay.test',
    addresses: new Set(),
    ports: new Set([25]),
    loopbackPorts: new Set([25]),
  }),
  login: () => undefined,
};
