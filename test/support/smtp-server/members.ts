import { PassThrough } from 'node:stream';
import type { SMTPServer } from 'smtp-server';
import type { SMTPConnection } from 'smtp-server/lib/smtp-connection';
import type { SMTPStream } from 'smtp-server/lib/smtp-stream';

/** The parts of smtp-server that src/intake/connection is built on. */
export interface Library {
  readonly SMTPServer: typeof SMTPServer;
  readonly SMTPConnection: typeof SMTPConnection;
  readonly SMTPStream: typeof SMTPStream;
}

/** A member of the library that our code calls, overrides, reads or sets. */
export type Member = {
  readonly of: 'SMTPServer' | 'SMTPConnection' | 'SMTPStream';
  readonly name: string;
} & (
  | { readonly kind: 'method'; readonly parameters: number; readonly how: 'called' | 'overridden' }
  /** @param value what it has in a new object: itself if it is simple, else its type */
  | { readonly kind: 'field'; readonly value: unknown; readonly how: 'read' | 'set' }
);

/** All of them. A member that src/intake/connection comes to use belongs here. */
export const members: readonly Member[] = [
  { of: 'SMTPServer', name: 'logger', kind: 'field', value: 'object', how: 'set' },

  { of: 'SMTPConnection', name: '_setListeners', kind: 'method', parameters: 1, how: 'called' },
  { of: 'SMTPConnection', name: '_onCommand', kind: 'method', parameters: 2, how: 'called' },
  { of: 'SMTPConnection', name: '_getEnhancedStatusCode', kind: 'method', parameters: 2, how: 'called' },
  { of: 'SMTPConnection', name: 'close', kind: 'method', parameters: 0, how: 'called' },
  { of: 'SMTPConnection', name: '_createParser', kind: 'method', parameters: 0, how: 'overridden' },
  { of: 'SMTPConnection', name: '_armTimeout', kind: 'method', parameters: 0, how: 'overridden' },
  { of: 'SMTPConnection', name: '_onError', kind: 'method', parameters: 1, how: 'overridden' },
  { of: 'SMTPConnection', name: '_onClose', kind: 'method', parameters: 0, how: 'called' },
  { of: 'SMTPConnection', name: '_getHandler', kind: 'method', parameters: 1, how: 'overridden' },
  { of: 'SMTPConnection', name: 'send', kind: 'method', parameters: 3, how: 'overridden' },
  { of: 'SMTPConnection', name: '_socket', kind: 'field', value: 'object', how: 'read' },
  { of: 'SMTPConnection', name: '_ready', kind: 'field', value: false, how: 'set' },
  { of: 'SMTPConnection', name: '_unrecognizedCommands', kind: 'field', value: 0, how: 'set' },
  { of: 'SMTPConnection', name: 'hostNameAppearsAs', kind: 'field', value: false, how: 'set' },
  { of: 'SMTPConnection', name: 'name', kind: 'field', value: 'relay.example', how: 'read' },

  { of: 'SMTPStream', name: '_flushData', kind: 'method', parameters: 0, how: 'overridden' },
  { of: 'SMTPStream', name: 'isClosed', kind: 'field', value: false, how: 'read' },
];

/** Which members do not have the shape that our code expects, one sentence each. */
export function shapeFaults(library: Library): readonly string[] {
  const examples = newObjects(library);
  return members.flatMap((member) => {
    const found = describe(library, examples, member);
    const wanted =
      member.kind === 'method' ? `method of ${member.parameters}` : `field ${String(member.value)}`;
    return found === wanted
      ? []
      : [`${member.of}.${member.name}: ${wanted} wanted, ${found} found (it is ${member.how} by us)`];
  });
}

/** What a member is, in the words of its row. */
function describe(library: Library, examples: Record<Member['of'], object>, member: Member): string {
  // A method that moved from the class into its objects can no longer be overridden: so this looks at the class itself.
  const inClass: unknown = Object.getOwnPropertyDescriptor(library[member.of].prototype, member.name)?.value;
  if (typeof inClass === 'function') return `method of ${inClass.length}`;
  const field = Object.getOwnPropertyDescriptor(examples[member.of], member.name);
  if (field === undefined) return 'nothing';
  const value: unknown = field.value;
  return `field ${typeof value === 'object' && value !== null ? 'object' : String(value)}`;
}

function newObjects({ SMTPServer, SMTPConnection, SMTPStream }: Library): Record<Member['of'], object> {
  const server = new SMTPServer({ name: 'relay.example', hideSTARTTLS: true, authOptional: true });
  const socket = Object.assign(new PassThrough(), { remoteAddress: '::ffff:192.0.2.1' });
  return {
    SMTPServer: server,
    SMTPConnection: new SMTPConnection(server, socket as never),
    SMTPStream: new SMTPStream({}),
  };
}
