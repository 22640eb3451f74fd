import { execFile } from 'node:child_process';

/** A report as Python's email package reads it: not our code, and not the library that wrote it. */
export interface ParsedReport {
  readonly headers: Readonly<Record<string, string>>;
  /** Media type of the whole, with its report-type. */
  readonly type: string;
  readonly reportType: string;
  readonly parts: readonly {
    readonly type: string;
    readonly encoding: string;
    readonly description: string;
  }[];
  /** The part for people, decoded. */
  readonly text: string;
  /** The part for programs, group by group. */
  readonly status: readonly Readonly<Record<string, string>>[];
  /** The message or the headers that came back. */
  readonly returned: { readonly subject: string; readonly body: string };
  /** What the parser found wrong, in any part. */
  readonly defects: readonly string[];
}

const program = `
import email, email.policy, json, quopri, sys
message = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
parts = message.get_payload()
human, status, returned = parts
def original(part):
    inner = part.get_payload()
    # RFC 6532 §3.7: unlike other messages, a message/global may be encoded; Python does not expect that.
    if str(part['content-transfer-encoding']) == 'quoted-printable':
        return email.message_from_bytes(quopri.decodestring(inner[0].as_bytes()), policy=email.policy.default)
    if isinstance(inner, list): return inner[0]
    return email.message_from_bytes(part.get_payload(decode=True), policy=email.policy.default)
back = original(returned)
def groups(part):
    inner = part.get_payload()
    if part.get_content_type() == 'message/global-delivery-status':
        # Of this type Python knows only that it is a message: the first group is its header, the others its body.
        rest = inner[0].get_payload(decode=True).decode().replace('\\r\\n', '\\n').strip()
        inner = inner + [email.message_from_string(group, policy=email.policy.default) for group in rest.split('\\n\\n')]
    return [{name: ' '.join(str(value).split()) for name, value in group.raw_items()} for group in inner]
print(json.dumps({
    'headers': {name.lower(): str(value) for name, value in message.items()},
    'type': message.get_content_type(),
    'reportType': message.get_param('report-type'),
    'parts': [{'type': part.get_content_type(), 'encoding': str(part['content-transfer-encoding']),
               'description': str(part['content-description'])} for part in parts],
    'text': human.get_content(),
    'status': groups(status),
    'returned': {'subject': str(back['subject']), 'body': '' if back.is_multipart() else (back.get_payload(decode=True) or b'').decode('utf-8', 'replace').replace('\\r\\n', '\\n')},
    'defects': [repr(defect) for part in message.walk() for defect in part.defects],
}))
`;

/** Rejects when Python cannot make a report of it. */
export function parseReport(content: Buffer): Promise<ParsedReport> {
  return new Promise((resolve, reject) => {
    const python = execFile('/usr/bin/python3', ['-c', program], (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout) as ParsedReport);
      else reject(new Error(`${stderr}\n${content.toString()}`, { cause: error }));
    });
    python.stdin?.end(content);
  });
}
