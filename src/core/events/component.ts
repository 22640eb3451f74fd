/** Postfix's names of the programs that would have logged a line: a log tool looks for one in `NAME/component[pid]`. */
export const components = [
  'master',
  'smtpd',
  'cleanup',
  'qmgr',
  'smtp',
  'error',
  'bounce',
  'dns',
  'pickup',
  'postsuper',
] as const;

export type Component = (typeof components)[number];
