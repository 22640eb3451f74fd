import path from 'node:path';
import { startMailHost, type LabMessage } from './mail-host.ts';
import type { Session } from './mail-session.ts';
import { startPostfixHost } from './postfix-host.ts';
import type { LabHost } from './world.ts';

/** A mail host of a running lab, as a test sees it. */
export interface LabHostHandle {
  readonly name: string;
  readonly address: string;
  /** Messages it has answered for, oldest first; of a Postfix, one for each recipient. */
  readonly messages: readonly LabMessage[];
  /** Every connection of a scripted host, oldest first. A Postfix tells of them in its log. */
  readonly sessions: readonly Session[];
  /** Resolves when there are at least that many. Rejects after `timeoutMs`, default 10 s, with what was seen instead. */
  waitForMessages(count: number, timeoutMs?: number): Promise<readonly LabMessage[]>;
  /** The mail log of a Postfix; the sessions of a scripted host, one line of JSON each. */
  log(): Promise<string>;
  stop(): Promise<void>;
}

export interface LabHostPlace {
  readonly address: string;
  readonly port: number;
  readonly directory: string;
}

export async function startLabHost(host: LabHost, place: LabHostPlace): Promise<LabHostHandle> {
  const { name } = host;
  switch (host.kind) {
    case 'scripted': {
      const mailHost = await startMailHost({ name, ...place }, host);
      const log = () => mailHost.sessions.map((session) => JSON.stringify(session)).join('\n');
      return { name, ...mailHost, log: () => Promise.resolve(log()) };
    }
    case 'postfix': {
      const directory = path.join(place.directory, name);
      const postfix = await startPostfixHost({ ...place, directory, ...host });
      return {
        name,
        sessions: [],
        address: postfix.address,
        get messages() {
          return postfix.messages;
        },
        waitForMessages: postfix.waitForMessages,
        log: postfix.log,
        stop: postfix.stop,
      };
    }
    case 'absent':
      return {
        name,
        address: place.address,
        messages: [],
        sessions: [],
        waitForMessages: () => Promise.reject(new Error(`Nobody listens at ${name}`)),
        log: () => Promise.resolve(''),
        stop: () => Promise.resolve(),
      };
  }
}
