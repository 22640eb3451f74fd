/** What is sent in a round. */
export interface Scenario {
  /** For the person at the screen. */
  readonly title: string;
  /** Messages of a round unless told otherwise. */
  readonly messages: number;
  /** Size of a message as submitted, header included. */
  readonly sizeBytes: number;
  readonly messagesPerConnection: number;
  /** Recipient domains, each with a mail host and an address of its own; they take turns. */
  readonly domains: number;
  /** Zone of these domains; absent: the one that the world of the bench has. */
  readonly zone?: string;
  /** The mail hosts keep every reply back for so long, as on a line with such a round trip. */
  readonly roundTripMs: number;
  /** Connections to one destination that every peer may have; absent: the relay's default, and Postfix's as tuned. */
  readonly concurrency?: number;
}

/** Submission sessions at the same time, in every scenario. */
export const sessions = 20;

/** Sent to each peer before its part of a round: DNS answers, TLS tickets, processes and connections are warm then. */
export const warmUpMessages = 100;

const usual: Scenario = {
  title: '1 domain, 4 KB, 10 messages per connection',
  messages: 2000,
  sizeBytes: 4096,
  messagesPerConnection: 10,
  domains: 1,
  roundTripMs: 0,
};

export const scenarios: Readonly<Record<string, Scenario>> = {
  a: usual,
  a1: { ...usual, title: '1 domain, 4 KB, 1 message per connection', messagesPerConnection: 1 },
  b: { ...usual, title: '50 domains, 4 KB', domains: 50 },
  c: { ...usual, title: '1 domain, 100 KB', messages: 600, sizeBytes: 102_400 },
  // A destination that answers slowly is served by as many sessions as both may open.
  d: { ...usual, title: '1 domain, 4 KB, 20 ms round trip', roundTripMs: 20, concurrency: 50 },
};
