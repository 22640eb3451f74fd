/** What is sent in a round. */
export interface Scenario {
  /** For the person at the screen. */
  readonly title: string;
  /** Messages of a round unless told otherwise. */
  readonly messages: number;
  /** Size of a message as submitted, header included. */
  readonly sizeBytes: number;
  readonly messagesPerConnection: number;
}

/** Submission sessions at the same time, in every scenario. */
export const sessions = 20;

/** Sent to each peer before its part of a round: DNS answers, TLS tickets, processes and connections are warm then. */
export const warmUpMessages = 100;

export const scenarios: Readonly<Record<string, Scenario>> = {
  a: {
    title: '1 domain, 4 KB, 10 messages per connection',
    messages: 2000,
    sizeBytes: 4096,
    messagesPerConnection: 10,
  },
  a1: {
    title: '1 domain, 4 KB, 1 message per connection',
    messages: 2000,
    sizeBytes: 4096,
    messagesPerConnection: 1,
  },
  c: {
    title: '1 domain, 100 KB, 10 messages per connection',
    messages: 600,
    sizeBytes: 102_400,
    messagesPerConnection: 10,
  },
};
