import { parse } from 'smol-toml';
import { webhookEvents, type Webhook, type WebhookEvent } from '../core/http/webhook.ts';
import { messageOf } from '../core/error-words.ts';
import { ConfigError } from './config-error.ts';
import { readOperatorFile } from './operator-file.ts';

const key = 'http.webhooks';
const known = ['name', 'url', 'secret', 'events', 'tokens', 'allow_private'];
const mostWebhooks = 20;

/** Reads the file of `http.webhooks`: `[[webhook]]` tables. Throws ConfigError. */
export function readWebhooks(file: string): readonly Webhook[] {
  if (file === '') return [];
  const text = readOperatorFile(file, key, 'a TOML file with [[webhook]] tables');
  const refuse = (wanted: string, found: string): never => {
    throw new ConfigError([{ where: file, key, wanted, found }]);
  };
  let document: Readonly<Record<string, unknown>> = {};
  try {
    document = parse(text);
  } catch (error) {
    refuse('a TOML file with [[webhook]] tables', messageOf(error).split('\n', 1)[0] ?? '');
  }
  const other = Object.keys(document).find((name) => name !== 'webhook');
  if (other !== undefined) refuse('[[webhook]] tables only', other);
  const tables = document['webhook'] ?? [];
  if (!Array.isArray(tables) || tables.length > mostWebhooks)
    return refuse(`at most ${mostWebhooks} [[webhook]] tables`, 'something else');
  const webhooks = tables.map((table, index) =>
    readWebhook(table as Readonly<Record<string, unknown>>, index, refuse),
  );
  const twice = webhooks.find(({ name }, index) => webhooks.findIndex((one) => one.name === name) !== index);
  if (twice !== undefined) refuse('each name once', twice.name);
  return webhooks;
}

function readWebhook(
  table: Readonly<Record<string, unknown>>,
  index: number,
  refuse: (wanted: string, found: string) => never,
): Webhook {
  const which = `webhook ${index + 1}`;
  const unknown = Object.keys(table).find((name) => !known.includes(name));
  if (unknown !== undefined) refuse(`${which}: ${known.join(', ')}`, unknown);
  const {
    name,
    url,
    secret,
    events = webhookEvents,
    tokens = [],
    allow_private: allowPrivate = false,
  } = table;
  if (typeof name !== 'string' || !/^[\w.-]{1,64}$/.test(name))
    return refuse(`${which}: a name of letters, digits and . _ -`, String(name));
  if (typeof allowPrivate !== 'boolean')
    return refuse(`${name}: allow_private true or false`, String(allowPrivate));
  const target = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined;
  if (target === undefined || !/^https?:$/.test(target.protocol) || target.username !== '')
    return refuse(`${name}: a url such as "https://app.example/hook"`, String(url));
  if (target.protocol === 'http:' && !allowPrivate)
    return refuse(`${name}: a url with https (http only with allow_private = true)`, target.href);
  const key = typeof secret === 'string' ? /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1] : undefined;
  const octets = Buffer.from(key ?? '', 'base64');
  // The value itself is not shown.
  if (octets.length < 24 || octets.length > 64)
    return refuse(`${name}: a secret "whsec_" and 24 to 64 octets in base64`, 'something else');
  if (!isTextList(tokens)) return refuse(`${name}: tokens, a list of names`, 'something else');
  if (!isTextList(events) || events.length === 0 || !events.every(isEvent))
    return refuse(`${name}: events, some of ${webhookEvents.join(', ')}`, String(events));
  return { name, url: target.href, secret: octets, events, tokens, allowPrivate };
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isEvent(text: string): text is WebhookEvent {
  return webhookEvents.some((event) => event === text);
}
