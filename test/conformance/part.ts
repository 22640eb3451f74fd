import type { World } from '../lab/world.ts';
import type { KitCase } from './case.ts';

/** Cases that are played in one lab. */
export interface Part {
  readonly title: string;
  readonly cases: readonly KitCase[];
  /** What belongs to it and cannot be seen from outside, with the reason in a few words. */
  readonly unseen: readonly { readonly id: string; readonly why: string }[];
  world(): Promise<World>;
}
