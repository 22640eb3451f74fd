/** What a client can log in with here, the strongest first: some clients take the first that they know. */
export const serverMechanisms = ['SCRAM-SHA-256', 'PLAIN', 'LOGIN'] as const;
export type ServerMechanism = (typeof serverMechanisms)[number];

/** RFC 4954 §4: a client may send as much in one line, and no more is read. */
export const longestResponse = 12_288;
