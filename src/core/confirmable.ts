/** What the operator may vouch for where a Redis does not tell it: settings by their names, and its version. */
export const confirmable = [
  'appendonly',
  'appendfsync',
  'no-appendfsync-on-rewrite',
  'maxmemory-policy',
  'version',
] as const;

export type Confirmable = (typeof confirmable)[number];
