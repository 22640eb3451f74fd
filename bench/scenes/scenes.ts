import { backlog } from './backlog.ts';
import { coldDestinations } from './cold-destinations.ts';
import { hangingDestinations } from './hanging-destinations.ts';
import { idleClients } from './idle-clients.ts';
import { longRun } from './long-run.ts';
import { restart } from './restart.ts';
import type { Scene } from './scene.ts';

/** Scenarios that are played once, each in its own way. Those in which Postfix makes no sense are of the relay alone. */
export const scenes: Readonly<Record<string, Scene>> = {
  e: coldDestinations,
  f: backlog,
  g: idleClients,
  h: longRun,
  i: restart,
  j: hangingDestinations,
};
