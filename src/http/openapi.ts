import { problemKinds } from './problem.ts';
import { states } from './message-status.ts';

const text = { type: 'string' } as const;
const time = { type: 'string', format: 'date-time' } as const;
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const listOf = (items: object) => ({ type: 'array', items });

const person = {
  oneOf: [
    { type: 'string', description: 'A mailbox, or a name and a mailbox in angle brackets' },
    {
      type: 'object',
      required: ['address'],
      properties: { name: text, address: text },
      additionalProperties: false,
    },
  ],
};
const people = { oneOf: [ref('Person'), listOf(ref('Person'))] };

const schemas = {
  Person: person,
  Message: {
    type: 'object',
    required: ['from'],
    anyOf: [{ required: ['text'] }, { required: ['html'] }],
    properties: {
      from: ref('Person'),
      to: people,
      cc: people,
      bcc: people,
      replyTo: people,
      subject: { type: 'string', maxLength: 998 },
      text,
      html: text,
      headers: {
        type: 'object',
        maxProperties: 50,
        additionalProperties: { type: 'string', maxLength: 998 },
      },
      attachments: { type: 'array', maxItems: 100, items: ref('Attachment') },
      envelope: {
        type: 'object',
        properties: { from: text, to: listOf(text) },
        additionalProperties: false,
      },
      requireTls: { type: 'boolean', default: false },
      notify: listOf({ enum: ['never', 'success', 'failure', 'delay'] }),
      receipt: { type: 'boolean' },
    },
    additionalProperties: false,
  },
  Attachment: {
    type: 'object',
    required: ['content'],
    properties: {
      filename: text,
      contentType: text,
      cid: text,
      content: { type: 'string', contentEncoding: 'base64' },
    },
    additionalProperties: false,
  },
  Accepted: {
    type: 'object',
    required: ['id', 'messageId', 'accepted', 'rejected'],
    properties: {
      id: text,
      messageId: text,
      accepted: { type: 'array', minItems: 1, items: text },
      rejected: listOf({
        type: 'object',
        required: ['address', 'status', 'detail'],
        properties: { address: text, status: text, detail: text },
        additionalProperties: false,
      }),
    },
    additionalProperties: false,
  },
  MessageStatus: {
    type: 'object',
    required: ['id', 'messageId', 'acceptedAt', 'state', 'recipients'],
    properties: {
      id: text,
      messageId: text,
      acceptedAt: time,
      state: { enum: states },
      recipients: listOf({
        type: 'object',
        required: ['address', 'state', 'attempts'],
        properties: {
          address: text,
          state: { enum: states },
          since: time,
          attempts: { type: 'integer', minimum: 0 },
          nextAttempt: time,
          dsn: text,
          reply: text,
          relay: text,
          tls: text,
          explanation: text,
        },
        additionalProperties: false,
      }),
    },
    additionalProperties: false,
  },
  Problem: {
    type: 'object',
    required: ['type', 'title', 'status', 'detail'],
    properties: {
      type: { enum: ['about:blank', ...problemKinds.map((kind) => `urn:dane-relay:problem:${kind}`)] },
      title: text,
      status: { type: 'integer' },
      detail: text,
      smtpCode: { type: 'integer', minimum: 400, maximum: 599 },
      enhancedCode: { type: 'string', pattern: '^[45](?:\\.\\d{1,3}){2}$' },
      errors: listOf({
        type: 'object',
        required: ['pointer', 'detail'],
        properties: { pointer: text, detail: text },
        additionalProperties: false,
      }),
    },
    additionalProperties: false,
  },
};

const problemWords: Readonly<Record<number, string>> = {
  400: 'The request cannot be read',
  401: 'No token, or one that nobody has',
  403: 'The token may not send from this address',
  404: 'Nothing of this id is known for this token',
  405: 'The path takes other methods',
  408: 'The request came too slowly',
  409: 'A request with this key is still being worked on',
  413: 'The message is too large',
  415: 'The content type is another one than those above',
  422: 'Recipients, content or members cannot be accepted, or the key was used for another request',
  429: 'Too much mail: Retry-After says when to come again',
  431: 'The header of the request is too long',
  500: 'A mistake of the relay',
  503: 'The relay takes no mail at the moment: Retry-After says when to come again',
};

const retryAfter = { 'Retry-After': { schema: { type: 'integer', minimum: 1 } } };

function problems(statuses: readonly number[]): Readonly<Record<string, object>> {
  return Object.fromEntries(
    statuses.map((status) => [
      String(status),
      {
        description: problemWords[status],
        ...([409, 429, 503].includes(status) && { headers: retryAfter }),
        ...(status === 401 && { headers: { 'WWW-Authenticate': { schema: text } } }),
        content: { 'application/problem+json': { schema: ref('Problem') } },
      },
    ]),
  );
}

/** What any request may meet with. */
const common = [400, 401, 405, 408, 431, 500, 503];

/** The interface as OpenAPI 3.1 has it: what programs are generated from. */
export const openApi = {
  openapi: '3.1.0',
  info: {
    title: 'dane-relay: submission over HTTP',
    version: '1',
    description: 'Hands mail over to the relay. 202 means that the message is on stable storage.',
  },
  security: [{ token: [] }],
  paths: {
    '/v1/messages': {
      post: {
        summary: 'Hand a message over',
        parameters: [
          { name: 'from', in: 'query', schema: text, description: 'Envelope sender of message/rfc822' },
          {
            name: 'to',
            in: 'query',
            schema: listOf(text),
            style: 'form',
            explode: true,
            description: 'Envelope recipients of message/rfc822',
          },
          {
            name: 'requireTls',
            in: 'query',
            schema: { type: 'boolean', default: false },
            description: 'Whether message/rfc822 requires TLS (RFC 8689)',
          },
          {
            name: 'Idempotency-Key',
            in: 'header',
            schema: { type: 'string', minLength: 1, maxLength: 256 },
            description: 'The same request with the same key is carried out once within a day',
          },
        ],
        requestBody: {
          required: true,
          content: {
            'application/json': { schema: ref('Message') },
            'message/rfc822': { schema: { type: 'string' } },
          },
        },
        responses: {
          '202': {
            description: 'The message is accepted for at least one recipient',
            headers: {
              Location: { schema: text },
              'Idempotent-Replayed': { schema: { enum: ['true'] } },
            },
            content: { 'application/json': { schema: ref('Accepted') } },
          },
          ...problems([...common, 403, 409, 413, 415, 422, 429]),
        },
      },
    },
    '/v1/messages/{id}': {
      get: {
        summary: 'Ask what became of a message',
        parameters: [{ name: 'id', in: 'path', required: true, schema: text }],
        responses: {
          '200': {
            description: 'What is known of the message',
            content: { 'application/json': { schema: ref('MessageStatus') } },
          },
          ...problems([...common, 404]),
        },
      },
    },
    '/v1/openapi.json': {
      get: {
        summary: 'This document',
        security: [],
        responses: {
          '200': {
            description: 'OpenAPI 3.1',
            content: { 'application/json': { schema: { type: 'object' } } },
          },
          ...problems([400, 405, 408, 431]),
        },
      },
    },
  },
  components: {
    securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    schemas,
  },
} as const;
